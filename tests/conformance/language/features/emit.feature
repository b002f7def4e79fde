Feature: Emit
  As an author of workflows
  I want to tell others what happened
  So that workflows need not know each other

  Scenario: An event is in the account's inbox, where everybody sees it
    Given a workflow with tasks:
      """yaml
      - tell: { emit: { event: { with: { type: com.example.emitted.plain, data: { number: '${ .number + 1 }' } } } } }
      """
    And given the workflow input is:
      """yaml
      number: 41
      """
    When the workflow is executed
    Then the workflow should complete
    And an event of type 'com.example.emitted.plain' should have been emitted with data:
      """yaml
      number: 42
      """

  Scenario: Another run that listens hears it
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: emit-to-listener, version: '1.0.0' }
      do:
        - rest: { wait: { milliseconds: 5 } }
        - tell: { emit: { event: { with: { type: com.example.emitted.heard, data: { word: hello } } } } }
      """
    And a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - hear: { listen: { to: { one: { with: { type: com.example.emitted.heard } } } } }
              - send: { run: { workflow: { namespace: scenarios, name: emit-to-listener } } }
      - tell: { set: { heard: '${ .[0][0].word }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      heard: hello
      """

  Scenario: It starts the workflows that wait for it
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: emit-starts, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.asked } } } }
      do:
        - first: { if: '${ $workflow.input[0].data.again }', emit: { event: { with: { type: com.example.asked, id: answer, data: { again: false } } } } }
        - tell: { emit: { event: { with: { type: com.example.emitted.once } } } }
      """
    And the workflow is enabled
    When the event 'asked' of type 'com.example.asked' happens with data:
      """yaml
      again: true
      """
    Then the event 'asked' should start a run
    And the workflow should complete
    And 2 events of type 'com.example.emitted.once' should come to be

  Scenario: Of what it is not told, an event gets what CloudEvents asks for
    Given a workflow with tasks:
      """yaml
      - tell: { emit: { event: { with: { type: com.example.emitted.bare } } } }
      - look: { set: { specversion: '${ .specversion }', time: '${ .time | test("^20") }', source: '${ .source | startswith("/accounts/acc_") }', id: '${ .id | length > 0 }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      { specversion: '1.0', time: true, source: true, id: true }
      """

  Scenario: In a loop every round emits an event of its own
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { in: '${ [1, 2, 3] }' }
          do: [ { tell: { emit: { event: { with: { type: com.example.emitted.thrice, data: { number: '${ $item }' } } } } } } ]
      """
    When the workflow is executed
    Then the workflow should complete
    And 3 events of type 'com.example.emitted.thrice' should come to be

  Scenario: What is no CloudEvent is not emitted
    Given a workflow with tasks:
      """yaml
      - tell: { emit: { event: { with: { type: com.example.bad, time: '${ "yesterday" }' } } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/validation |
      | title    | EVENT_INVALID                                              |
      | instance | /do/0/tell                                                 |
    And 0 events of type 'com.example.bad' should come to be
