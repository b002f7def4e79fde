Feature: Runs survive the death of the server
  As whoever relies on workflows
  I want a power failure to change nothing
  So that I need not clean up after it

  Each of these kills the server in the middle (SIGKILL), and starts another on the same data.

  Scenario: A listening run hears what comes after the crash
    Given a workflow with tasks:
      """yaml
      - before: { set: { kept: '${ $workflow.input.kept }' }, export: { as: . } }
      - hear: { listen: { to: { all: [ { with: { type: com.example.first } }, { with: { type: com.example.second } } ] } } }
      - tell: { set: { heard: '${ map(.number) }', kept: '${ $context.kept }', before: '${ $steps.before.output.kept }' } }
      """
    And given the workflow input is:
      """yaml
      kept: true
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'first' of type 'com.example.first' happens with data:
      """yaml
      number: 1
      """
    And the server is killed and started again
    And the event 'second' of type 'com.example.second' happens with data:
      """yaml
      number: 2
      """
    Then the workflow should complete with output:
      """yaml
      heard: [ 1, 2 ]
      kept: true
      before: true
      """
    And before should run once

  Scenario: Waits, limits and pauses between tries end although the clock's keeper died
    Given a workflow with tasks:
      """yaml
      - all:
          fork:
            branches:
              - rest: { wait: { seconds: 2 } }
              - limited:
                  try: [ { stuck: { wait: PT1H, timeout: { after: { seconds: 1 } } } } ]
                  catch: { do: [ { tellLimit: { set: { status: '${ $error.status }' } } } ] }
              - patient:
                  try:
                    - count: { set: { tries: '${ ($context.tries // 0) + 1 }' }, export: { as: . } }
                    - unlucky: { if: '${ $context.tries < 2 }', raise: { error: { type: https://example.com/unlucky, status: 503 } } }
                  catch: { retry: { delay: { seconds: 2 }, limit: { attempt: { count: 3 } } } }
      """
    When the workflow is started
    And the task rest is waiting for some time
    And the task patient is waiting for its next try
    And the server is killed and started again
    Then the workflow should complete with output:
      """yaml
      [ {}, { status: 408 }, { tries: 2 } ]
      """
    And count should run 2 times

  Scenario: A run waits for another over the crash
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: surviving-child, version: '1.0.0' }
      do:
        - hear: { listen: { to: { one: { with: { type: com.example.awake } } } } }
        - tell: { set: { child: awake } }
      """
    And a workflow with tasks:
      """yaml
      - ask: { run: { workflow: { namespace: scenarios, name: surviving-child } } }
      - tell: { set: '${ . + { parent: "awake" } }' }
      """
    When the workflow is started
    And the task ask is waiting for another run
    And there is 1 running run of 'scenarios/surviving-child'
    And the server is killed and started again
    And the event 'awake' of type 'com.example.awake' happens
    Then the workflow should complete with output:
      """yaml
      child: awake
      parent: awake
      """

  Scenario: A held run is held after the crash, too, and a loop goes on in its round
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do:
            - hear: { if: '${ $number == 2 }', listen: { to: { one: { with: { type: com.example.go } } } }, output: { as: '${ $input }' } }
            - note: { set: { seen: '${ (.seen // []) + [$number] }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the workflow is suspended
    And the server is killed and started again
    Then the workflow should be parked with 'RUN_SUSPENDED'
    When the workflow is resumed
    And the event 'go' of type 'com.example.go' happens
    Then the workflow should complete with output:
      """yaml
      seen: [ 1, 2, 3 ]
      """
    And note should run 3 times

  Scenario: What was enabled, finished and cancelled is still so
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: still-enabled, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.survived } } } }
      do: [ { tell: { set: { survived: true } } } ]
      """
    And the workflow is enabled
    When the workflow is executed
    Then the workflow should complete
    When the server is killed and started again
    Then the workflow should complete with output:
      """yaml
      survived: true
      """
    When the event 'later' of type 'com.example.survived' happens
    Then the event 'later' should start a run
    And the workflow should complete with output:
      """yaml
      survived: true
      """
