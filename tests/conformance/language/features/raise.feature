Feature: Raise
  As an author of workflows
  I want to fail with an error of my own
  So that whoever looks, or catches, knows what it was

  Scenario: An error is shared by name
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: named-error, version: '1.0.0' }
      use:
        errors:
          teapot: { type: https://example.com/teapot, status: 418, title: Teapot }
      do:
        - refuse: { raise: { error: teapot } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/teapot
      status: 418
      title: Teapot
      instance: /do/0/refuse
      """

  Scenario: What it says can be computed
    Given a workflow with tasks:
      """yaml
      - refuse:
          raise:
            error:
              type: https://example.com/empty
              status: ${ .status }
              title: ${ "no " + .what }
              detail: ${ "there is no \(.what) for \(.who)" }
      """
    And given the workflow input is:
      """yaml
      { status: 404, what: tea, who: Tom }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/empty
      status: 404
      title: no tea
      detail: there is no tea for Tom
      instance: /do/0/refuse
      """

  Scenario: It can speak of another place
    Given a workflow with tasks:
      """yaml
      - refuse: { raise: { error: { type: https://example.com/odd, status: 400, instance: /do/7/elsewhere } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | instance | /do/7/elsewhere |

  Scenario: Nothing after it is done
    Given a workflow with tasks:
      """yaml
      - before: { set: {} }
      - check: { if: '${ true }', raise: { error: { type: https://example.com/stop, status: 400 } } }
      - after: { set: {} }
      """
    When the workflow is executed
    Then the workflow should fault
    And before should run once
    And after should not run
