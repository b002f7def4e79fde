Feature: Runs that events start
  As an author of workflows
  I want a run for each event of a kind
  So that nobody needs to start anything

  Scenario: The event is the input
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-one, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.ordered } } } }
      do:
        - tell: { set: { count: '${ length }', type: '${ .[0].type }', what: '${ $workflow.input[0].data.what }', subject: '${ .[0].subject }' } }
      """
    And the workflow is enabled
    When the event 'order' of type 'com.example.ordered' happens with data:
      """yaml
      what: tea
      """
    Then the event 'order' should start a run
    And the workflow should complete
    And the workflow output should have a 'count' property with value:
      """yaml
      1
      """
    And the workflow output should have a 'what' property with value:
      """yaml
      tea
      """

  Scenario: Any of several types
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-any, version: '1.0.0' }
      schedule: { on: { any: [ { with: { type: com.example.came } }, { with: { type: com.example.went } } ] } }
      do:
        - tell: { set: { type: '${ .[0].type }' } }
      """
    And the workflow is enabled
    When the event 'there' of type 'com.example.came' happens
    And the event 'gone' of type 'com.example.went' happens
    Then the event 'there' should start a run
    And the workflow should complete with output:
      """yaml
      type: com.example.came
      """
    And the event 'gone' should start a run
    And the workflow should complete with output:
      """yaml
      type: com.example.went
      """

  Scenario Outline: Only events that the filter fits
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-filter, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.ordered, <filter> } } } }
      do:
        - tell: { set: { total: '${ .[0].data.total }' } }
      """
    And the workflow is enabled
    When the event 'small' of type 'com.example.ordered' happens with data:
      """yaml
      total: 1
      """
    And the event 'large' of type 'com.example.ordered' happens with data:
      """yaml
      total: 100
      """
    Then the event 'large' should start a run, and 'small' none
    And the workflow should complete with output:
      """yaml
      total: 100
      """

    Examples:
      | filter                     |
      | data: '${ .total > 50 }'   |
      | data: { total: 100 }       |

  Scenario: A workflow that is not enabled starts nothing
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: never-enabled, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.unheard } } } }
      do: [ { never: { set: {} } } ]
      """
    And a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: enabled, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.heard } } } }
      do: [ { here: { set: {} } } ]
      """
    And the workflow is enabled
    When the event 'unheard' of type 'com.example.unheard' happens
    And the event 'heard' of type 'com.example.heard' happens
    Then the event 'heard' should start a run, and 'unheard' none

  Scenario: An event that is delivered twice starts one run
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-twice, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.twice } } } }
      do: [ { here: { set: {} } } ]
      """
    And the workflow is enabled
    When the event 'twice' of type 'com.example.twice' happens
    And the event 'twice' of type 'com.example.twice' is delivered again
    And the event 'after' of type 'com.example.twice' happens
    Then the event 'after' should start a run
    And the event 'twice' should start a run

  Scenario: The story of a call goes on in the run that its end has started
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: on-then-listen, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.call.ended } } } }
      do:
        - note:
            listen:
              to:
                one:
                  with: { type: com.example.call.commented }
                  correlate: { call: { from: .data.call, expect: '${ $workflow.input[0].data.call }' } }
        - tell: { set: { noted: '${ .[0].text }' } }
      """
    And the workflow is enabled
    When the event 'ended' of type 'com.example.call.ended' happens with data:
      """yaml
      call: 17
      """
    Then the event 'ended' should start a run
    When the task note is waiting for an event
    And the event 'otherNote' of type 'com.example.call.commented' happens with data:
      """yaml
      { call: 16, text: not this }
      """
    And the event 'note' of type 'com.example.call.commented' happens with data:
      """yaml
      { call: 17, text: call back }
      """
    Then the workflow should complete with output:
      """yaml
      noted: call back
      """
