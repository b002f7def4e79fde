Feature: Runs by the clock
  As an author of workflows
  I want runs to start by themselves when it is time
  So that nobody needs a clock of their own

  Scenario: Every so often
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: every, version: '1.0.0' }
      schedule: { every: PT1S }
      do: [ { tell: { set: { due: '${ $workflow.input.due }' } } } ]
      """
    When the workflow is enabled
    Then 2 runs of the workflow should come to be
    And each of them should have been due at a time of its own

  Scenario: Some time after the run before has ended, the first at once
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: after, version: '1.0.0' }
      schedule: { after: PT1S }
      do: [ { tell: { set: { due: '${ $workflow.input.due }' } } } ]
      """
    When the workflow is enabled
    Then 2 runs of the workflow should come to be
    And none of them should have begun before the end of the one before

  Scenario: The next waits until the run before has ended
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: after-end, version: '1.0.0' }
      schedule: { after: PT1S }
      do: [ { hear: { listen: { to: { one: { with: { type: com.example.enough } } } } } } ]
      """
    When the workflow is enabled
    Then 1 run of the workflow should come to be
    And nothing more of it should be planned
    When the event 'enough' of type 'com.example.enough' happens
    Then 2 runs of the workflow should come to be

  Scenario Outline: By the clock on somebody's wall
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: cron, version: '1.0.0', metadata: { switchboard: { timezone: <zone> } } }
      schedule: { cron: '<line>' }
      do: [ { tell: { set: {} } } ]
      """
    When the workflow is enabled
    Then its next run should be planned for '<time>' in '<zone>'

    Examples:
      | line               | zone             | time           |
      | 30 8 * * mon-fri   | Europe/Paris     | weekday 08:30  |
      | 15 23 * * *        | America/New_York | any day 23:15  |
      | 0 12 * * sun       | Asia/Tokyo       | Sunday 12:00   |
      | 45 6 1 * *         | Etc/UTC          | first of the month 06:45 |

  Scenario: What is switched off is planned no more
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: off, version: '1.0.0' }
      schedule: { every: PT1H }
      do: [ { tell: { set: {} } } ]
      """
    When the workflow is enabled
    Then its next run should be planned
    When the workflow is disabled
    Then nothing more of it should be planned

  Scenario: Time and events start runs side by side
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: both, version: '1.0.0' }
      schedule: { every: PT1H, on: { one: { with: { type: com.example.now } } } }
      do: [ { tell: { set: { type: '${ .[0].type }' } } } ]
      """
    And the workflow is enabled
    When the event 'now' of type 'com.example.now' happens
    Then the event 'now' should start a run
    And the workflow should complete with output:
      """yaml
      type: com.example.now
      """

  Scenario Outline: Times that cannot be
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: odd, version: '1.0.0' }
      schedule: { <schedule> }
      do: [ { tell: { set: {} } } ]
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_INVALID'
    And the fault should be at '/schedule/<place>'

    Examples:
      | schedule              | place |
      | every: PT0.5S         | every |
      | every: now and then   | every |
      | after: PT0S           | after |
      | cron: '61 * * * *'    | cron  |
      | cron: '* * * *'       | cron  |
      | cron: '0 0 30 feb *'  | cron  |
      | cron: whenever        | cron  |

  Scenario: A clock that nobody knows
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: nowhere, version: '1.0.0', metadata: { switchboard: { timezone: Europe/Pari } } }
      schedule: { cron: '0 0 * * *' }
      do: [ { tell: { set: {} } } ]
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_INVALID'
    And the fault should be at '/document/metadata/switchboard/timezone'
