Feature: Steering runs
  As an operator
  I want to cancel, hold, continue and repeat runs
  So that I stay in charge of what the engine does

  # ---- Cancel ----

  Scenario: A cancelled run has ended, with everything in it
    Given a workflow with tasks:
      """yaml
      - block: { do: [ { rest: { wait: PT1H } } ] }
      - never: { set: {} }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the workflow is cancelled because 'the customer has left'
    Then the workflow should be cancelled
    And the task rest should be given up
    And never should not run
    And the note of the run should say 'the customer has left'

  Scenario: A cancelled run can be neither cancelled again, nor held, nor continued
    Given a workflow with tasks:
      """yaml
      - rest: { wait: PT1H }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the workflow is cancelled
    Then cancelling the workflow should be refused with 'RUN_FINISHED'
    And suspending the workflow should be refused with 'RUN_NOT_RUNNING'
    And resuming the workflow should be refused with 'RUN_NOT_PARKED'

  Scenario: No catch stops a cancellation
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { rest: { wait: PT1H } } ]
          catch: { do: [ { never: { set: {} } } ] }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the workflow is cancelled
    Then the workflow should be cancelled
    And never should not run

  # ---- Suspend and resume ----

  Scenario: A held run goes on where it was
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.go } } } } }
      - tell: { set: { heard: '${ .[0].number }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the workflow is suspended
    Then the workflow should be parked with 'RUN_SUSPENDED'
    When the workflow is resumed
    And the event 'go' of type 'com.example.go' happens with data:
      """yaml
      number: 1
      """
    Then the workflow should complete with output:
      """yaml
      heard: 1
      """

  Scenario: A held run hears nothing
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: deaf, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.witness } } } }
      do:
        - hear: { listen: { to: { one: { with: { type: com.example.go } } } } }
        - tell: { set: { heard: '${ .[0].number }' } }
      """
    And the workflow is enabled
    When the workflow is started
    And the task hear is waiting for an event
    And the workflow is suspended
    And the event 'unheard' of type 'com.example.go' happens with data:
      """yaml
      number: 1
      """
    And the event 'witness' of type 'com.example.witness' happens
    Then the event 'witness' should have started another run
    When the workflow is resumed
    And the event 'heard' of type 'com.example.go' happens with data:
      """yaml
      number: 2
      """
    Then the workflow should complete with output:
      """yaml
      heard: 2
      """

  Scenario: Time that passed while a run was held is over when it goes on
    Given a workflow with tasks:
      """yaml
      - start: { wait: { milliseconds: 1 } }
      - rest: { wait: { seconds: 2 } }
      - tell: { set: { rested: true } }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the workflow is suspended
    And the workflow is resumed
    Then the workflow should complete with output:
      """yaml
      rested: true
      """
    And rest should run once

  Scenario: A held run can be cancelled
    Given a workflow with tasks:
      """yaml
      - rest: { wait: PT1H }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the workflow is suspended
    And the workflow is cancelled
    Then the workflow should be cancelled

  Scenario: What is held cannot be held again, and what goes on need not be continued
    Given a workflow with tasks:
      """yaml
      - rest: { wait: PT1H }
      """
    When the workflow is started
    And the task rest is waiting for some time
    Then resuming the workflow should be refused with 'RUN_NOT_PARKED'
    When the workflow is suspended
    Then suspending the workflow should be refused with 'RUN_NOT_RUNNING'

  # ---- Start once, and again ----

  Scenario: A request that is repeated starts one run
    Given a workflow with tasks:
      """yaml
      - tell: { set: { done: true } }
      """
    When the workflow is started twice with the request id 'order-17'
    Then both requests should have started one run
    And the workflow should complete

  Scenario: A failed run is done again from its failure, and what was done stays done
    Given a workflow with tasks:
      """yaml
      - before: { set: { made: '${ $workflow.id }' } }
      - ask: { run: { workflow: { namespace: scenarios, name: late-child, input: { made: '${ .made }' } } } }
      - tell: { set: { made: '${ .made }', sameRun: '${ .made == $workflow.id }' } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | WORKFLOW_NOT_FOUND |
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: late-child, version: '1.0.0' }
      do: [ { give: { set: '${ . }' } } ]
      """
    When the workflow is done again from the failure
    Then the new run should name the old one
    And the workflow should complete
    And the workflow output should have a 'sameRun' property with value:
      """yaml
      false
      """

  Scenario: A failed run is done again from the start, with the same input
    Given a workflow with tasks:
      """yaml
      - refuse: { raise: { error: { type: https://example.com/no, status: 400, title: '${ .say }' } } }
      """
    And given the workflow input is:
      """yaml
      say: never
      """
    When the workflow is executed
    Then the workflow should fault
    When the workflow is done again from the start
    Then the new run should name the old one
    And the workflow should fault with an error that has:
      | title | never |

  Scenario: What has succeeded is not done again, nor what still goes on
    Given a workflow with tasks:
      """yaml
      - rest: { if: '${ .patiently }', wait: PT1H }
      """
    When the workflow is executed
    Then the workflow should complete
    And retrying the workflow should be refused with 'RUN_NOT_RETRIABLE'
    Given given the workflow input is:
      """yaml
      patiently: true
      """
    When the workflow is started
    And the task rest is waiting for some time
    Then retrying the workflow should be refused with 'RUN_NOT_FINISHED'

  # ---- What is shown ----

  Scenario: What is redacted is used, but not shown
    Given a workflow with definition:
      """yaml
      document:
        { dsl: '1.0.3', namespace: scenarios, name: discreet, version: '1.0.0', metadata: { switchboard: { redact: [ email ] } } }
      do:
        - use: { set: { email: '${ .email }', length: '${ .email | length }' } }
      """
    And given the workflow input is:
      """yaml
      email: ines@example.com
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      email: '[redacted]'
      length: 16
      """
    And the task use should have the output:
      """yaml
      email: '[redacted]'
      length: 16
      """
