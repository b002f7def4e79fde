Feature: Runs that several events start together
  As an author of workflows
  I want a run when all that belongs to a story has happened
  So that it begins with everything it needs

  Scenario: One of each
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: together-all, version: '1.0.0' }
      schedule: { on: { all: [ { with: { type: com.example.ended } }, { with: { type: com.example.rated } } ] } }
      do:
        - tell: { set: { types: '${ map(.type) }', stars: '${ $workflow.input[1].data.stars }' } }
      """
    And the workflow is enabled
    When the event 'end' of type 'com.example.ended' happens
    Then the event 'end' should start a run
    And the workflow should still be running
    And the note of the run should say 'waits for more events'
    When the event 'rating' of type 'com.example.rated' happens with data:
      """yaml
      stars: 5
      """
    Then the workflow should complete with output:
      """yaml
      types: [ com.example.ended, com.example.rated ]
      stars: 5
      """

  Scenario: Each story has a run of its own
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: together-stories, version: '1.0.0' }
      schedule:
        on:
          all:
            - { with: { type: com.example.ended }, correlate: { call: { from: .data.call } } }
            - { with: { type: com.example.rated }, correlate: { call: { from: .data.call } } }
      do:
        - tell: { set: { calls: '${ map(.data.call) }' } }
      """
    And the workflow is enabled
    When the event 'end7' of type 'com.example.ended' happens with data:
      """yaml
      call: 7
      """
    And the event 'end8' of type 'com.example.ended' happens with data:
      """yaml
      call: 8
      """
    And the event 'rating8' of type 'com.example.rated' happens with data:
      """yaml
      call: 8
      """
    Then the event 'end8' should start a run
    And the workflow should complete with output:
      """yaml
      calls: [ 8, 8 ]
      """
    And the event 'end7' should start a run
    And the workflow should still be running

  Scenario: Until a condition holds
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: together-three, version: '1.0.0' }
      schedule: { on: { any: [ { with: { type: com.example.counted } } ], until: '${ length >= 3 }' } }
      do:
        - tell: { set: { sum: '${ map(.data.n) | add }' } }
      """
    And the workflow is enabled
    When the event 'one' of type 'com.example.counted' happens with data:
      """yaml
      n: 1
      """
    And the event 'two' of type 'com.example.counted' happens with data:
      """yaml
      n: 2
      """
    And the event 'three' of type 'com.example.counted' happens with data:
      """yaml
      n: 3
      """
    Then the event 'one' should start a run
    And the workflow should complete with output:
      """yaml
      sum: 6
      """

  Scenario: Until an event ends it
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: together-until, version: '1.0.0' }
      schedule: { on: { any: [ { with: { type: com.example.item } } ], until: { one: { with: { type: com.example.paid } } } } }
      do:
        - tell: { set: { items: '${ map(.data.what) }' } }
      """
    And the workflow is enabled
    When the event 'paidBefore' of type 'com.example.paid' happens
    And the event 'tea' of type 'com.example.item' happens with data:
      """yaml
      what: tea
      """
    And the event 'milk' of type 'com.example.item' happens with data:
      """yaml
      what: milk
      """
    And the event 'paid' of type 'com.example.paid' happens
    Then the event 'tea' should start a run, and 'paidBefore' none
    And the workflow should complete with output:
      """yaml
      items: [ tea, milk ]
      """

  Scenario: A restart in between loses nothing and takes nothing twice
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: together-crash, version: '1.0.0' }
      schedule: { on: { any: [ { with: { type: com.example.drop } } ], until: '${ length >= 2 }' } }
      do:
        - tell: { set: { drops: '${ map(.data.n) }' } }
      """
    And the workflow is enabled
    When the event 'first' of type 'com.example.drop' happens with data:
      """yaml
      n: 1
      """
    Then the event 'first' should start a run
    When the server is killed and started again
    And the event 'first' of type 'com.example.drop' is delivered again
    And the event 'second' of type 'com.example.drop' happens with data:
      """yaml
      n: 2
      """
    Then the workflow should complete with output:
      """yaml
      drops: [ 1, 2 ]
      """

  Scenario: What does not all come is given up
    Given a workflow with definition:
      """yaml
      document:
        dsl: '1.0.3'
        namespace: scenarios
        name: together-late
        version: '1.0.0'
        metadata: { switchboard: { gather_for: PT1S } }
      schedule: { on: { all: [ { with: { type: com.example.early } }, { with: { type: com.example.never } } ] } }
      do: [ { never: { set: {} } } ]
      """
    And the workflow is enabled
    When the event 'early' of type 'com.example.early' happens
    Then the event 'early' should start a run
    And the workflow should be cancelled
    And the note of the run should say 'have come in time'

  Scenario: A run that fails starts another workflow
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-failure, version: '1.0.0' }
      schedule:
        on:
          one:
            with: { type: io.serverlessworkflow.workflow.faulted.v1, data: '${ .definition.name == "fails-loudly" }' }
      do:
        - tell: { set: { why: '${ .[0].data.error.title }' } }
      """
    And the workflow is enabled
    When another workflow fails with the title 'Loud':
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: fails-loudly, version: '1.0.0' }
      do: [ { shout: { raise: { error: { type: a, status: 500, title: Loud } } } } ]
      """
    Then 1 run of the workflow should come to be
    And the newest of them should complete with output:
      """yaml
      why: Loud
      """

  Scenario: A workflow is not started by runs of its own
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-any-end, version: '1.0.0' }
      schedule: { on: { one: { with: { type: io.serverlessworkflow.workflow.completed.v1, data: '${ .definition.name | startswith("on-any-end") }' } } } }
      do: [ { tell: { set: {} } } ]
      """
    And the workflow is enabled
    When the workflow is executed
    And the event 'after' of type 'com.example.after' happens
    Then 1 run of the workflow should come to be
    And there should be no running run of 'scenarios/on-any-end'

  Scenario: A run listens for the end of another
    Given a workflow with tasks:
      """yaml
      - wait:
          listen:
            to: { one: { with: { type: io.serverlessworkflow.workflow.completed.v1, data: '${ .definition.name == "quiet-one" }' } } }
      - tell: { set: { ended: '${ .[0].definition.name }' } }
      """
    When the workflow is started
    And the task wait is waiting for an event
    And another workflow runs:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: quiet-one, version: '1.0.0' }
      do: [ { be: { set: {} } } ]
      """
    Then the workflow should complete with output:
      """yaml
      ended: quiet-one
      """
