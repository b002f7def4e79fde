Feature: Where the flow goes
  As an author of workflows
  I want to say what comes next
  So that a workflow can do more than one thing after the other

  Scenario: To a later task, over those between
    Given a workflow with tasks:
      """yaml
      - first: { set: { path: [ first ] }, then: third }
      - second: { set: { path: '${ .path + ["second"] }' } }
      - third: { set: { path: '${ .path + ["third"] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      path: [ first, third ]
      """
    And second should not run

  Scenario: Back to an earlier task, until it is enough
    Given a workflow with tasks:
      """yaml
      - count: { set: { count: '${ (.count // 0) + 1 }' } }
      - enough:
          switch:
            - no: { when: '${ .count < 4 }', then: count }
            - yes: { then: end }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      count: 4
      """

  Scenario: Exit leaves the block and goes on behind it
    Given a workflow with tasks:
      """yaml
      - block:
          do:
            - first: { set: { path: [ first ] }, then: exit }
            - second: { set: { path: '${ .path + ["second"] }' } }
      - behind: { set: { path: '${ .path + ["behind"] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      path: [ first, behind ]
      """

  Scenario: Exit at the top ends the run
    Given a workflow with tasks:
      """yaml
      - first: { set: { path: [ first ] }, then: exit }
      - second: { set: { path: '${ .path + ["second"] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      path: [ first ]
      """

  Scenario: End ends the run from however deep
    Given a workflow with tasks:
      """yaml
      - outer:
          do:
            - inner:
                do:
                  - first: { set: { path: [ first ] }, then: end }
                  - second: { set: { path: '${ .path + ["second"] }' } }
            - third: { set: { path: '${ .path + ["third"] }' } }
      - fourth: { set: { path: '${ .path + ["fourth"] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      path: [ first ]
      """
    And fourth should not run

  Scenario: A block's own directive is followed after its last task
    Given a workflow with tasks:
      """yaml
      - block:
          do:
            - inside: { set: { path: [ inside ] } }
          then: third
      - second: { set: { path: '${ .path + ["second"] }' } }
      - third: { set: { path: '${ .path + ["third"] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      path: [ inside, third ]
      """

  Scenario: A task that is skipped hands on what it was given
    Given a workflow with tasks:
      """yaml
      - first: { set: { kept: true } }
      - second: { if: '${ .kept | not }', set: { kept: false } }
      - third: { set: '${ . + { third: true } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      kept: true
      third: true
      """
    And the task second should be skipped

  Scenario: A task that is skipped is still followed where it says
    Given a workflow with tasks:
      """yaml
      - first: { if: '${ false }', set: { path: [ first ] }, then: third }
      - second: { set: { path: [ second ] } }
      - third: { set: '${ . + { third: true } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      third: true
      """

  Scenario Outline: A condition holds as in jq: all but false and null is true
    Given a workflow with tasks:
      """yaml
      - asked: { if: <condition>, set: { ran: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And the task asked should <outcome>

    Examples:
      | condition      | outcome    |
      | '${ true }'    | complete   |
      | '${ 0 }'       | complete   |
      | '${ "" }'      | complete   |
      | '${ .never }'  | be skipped |
      | '${ false }'   | be skipped |
      | .never == null | complete   |
      | false          | be skipped |

  Scenario: A condition that fails fails the task
    Given a workflow with tasks:
      """yaml
      - asked: { if: '${ error("what?") }', set: {} }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/expression |
      | instance | /do/0/asked                                                |
