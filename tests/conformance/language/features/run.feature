Feature: Workflows that run workflows
  As an author of workflows
  I want to use one workflow in another
  So that what is shared is written once

  Background:
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: square, version: '1.0.0' }
      input: { schema: { document: { required: [ number ] } } }
      do:
        - check: { if: '${ .number < 0 }', raise: { error: { type: https://example.com/negative, status: 422, title: Negative } } }
        - rest: { if: '${ .patiently }', wait: PT1H }
        - square: { set: { square: '${ .number * .number }' } }
      """

  Scenario: The output of the other is the task's own
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, input: { number: '${ .side }' } } } }
      - tell: { set: { area: '${ .square }' } }
      """
    And given the workflow input is:
      """yaml
      side: 7
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      area: 49
      """

  Scenario: Without an input of its own it is given what flows in
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, version: '1.0.0' } } }
      """
    And given the workflow input is:
      """yaml
      number: 5
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      square: 25
      """

  Scenario: Its failure is the task's own
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, input: { number: -1 } } } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/negative
      status: 422
      title: Negative
      instance: /do/0/ask
      """

  Scenario: Its failure can be caught
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { ask: { run: { workflow: { namespace: scenarios, name: square, input: { number: -1 } } } } } ]
          catch: { errors: { with: { status: 422 } }, do: [ { tell: { set: { why: '${ $error.title }' } } } ] }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      why: Negative
      """

  Scenario: An input that it refuses is a failure, too
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, input: {} } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | SCHEMA_VIOLATED |
      | instance | /do/0/ask       |

  Scenario: Without waiting the flow goes on at once
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, input: { number: 3, patiently: true } }, await: false } }
      - tell: { set: { waited: false } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      waited: false
      """
    And there should be 1 running run of 'scenarios/square'

  Scenario: Cancelling the one cancels the other that it waits for
    Given a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: square, input: { number: 3, patiently: true } } } }
      """
    When the workflow is started
    And the task ask is waiting for another run
    And there is 1 running run of 'scenarios/square'
    And the workflow is cancelled
    Then the workflow should be cancelled
    And there should be no running run of 'scenarios/square'

  Scenario: A time limit cancels the other, too
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - ask:
                run: { workflow: { namespace: scenarios, name: square, input: { number: 3, patiently: true } } }
                timeout: { after: { milliseconds: 50 } }
          catch: { do: [ { tell: { set: { status: '${ $error.status }' } } } ] }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      status: 408
      """
    And there should be no running run of 'scenarios/square'

  Scenario: Several side by side
    Given a workflow with tasks:
      """yaml
      - all:
          fork:
            branches:
              - two: { run: { workflow: { namespace: scenarios, name: square, input: { number: 2 } } } }
              - three: { run: { workflow: { namespace: scenarios, name: square, input: { number: 3 } } } }
      - tell: { set: { sum: '${ map(.square) | add }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      sum: 13
      """

  Scenario: One after the other in a loop
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do:
            - ask:
                run: { workflow: { namespace: scenarios, name: square, input: { number: '${ $number }' } } }
                export: { as: '${ { squares: (($context.squares // []) + [.square]) } }' }
      - tell: { set: '${ $context }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      squares: [ 1, 4, 9 ]
      """

  Scenario: A workflow that runs itself for ever is stopped
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: mirror, version: '1.0.0' }
      do: [ { again: { run: { workflow: { namespace: scenarios, name: mirror } } } } ]
      """
    And a workflow with tasks:
      """yaml
      - look: { run: { workflow: { namespace: scenarios, name: mirror } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | RUN_TOO_DEEP |
