Feature: Taking turns
  As an author of workflows
  I want runs about the same thing to wait for each other
  So that they do not get into each other's way

  Scenario: Runs with one key do their work in the order in which they were started
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: line, version: '1.0.0', metadata: { switchboard: { concurrency: { key: '${ .contact }' } } } }
      do:
        - hear: { listen: { to: { one: { with: { type: com.example.next } } }, read: envelope } }
        - tell: { set: { heard: '${ .[0].id | split("-")[0] }' } }
      """
    And given the workflow input is:
      """yaml
      contact: 7
      """
    When the workflow is started as 'first'
    And the task hear is waiting for an event
    And the workflow is started as 'second'
    Then the note of the run should say 'waits for its turn'
    And hear should not run
    When the event 'one' of type 'com.example.next' happens
    And the task hear is waiting for an event
    And the event 'two' of type 'com.example.next' happens
    Then the workflow should complete with output:
      """yaml
      heard: two
      """
    When we turn to the run 'first'
    Then the workflow should complete with output:
      """yaml
      heard: one
      """

  Scenario: Runs with other keys do not wait
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: lines, version: '1.0.0', metadata: { switchboard: { concurrency: { key: '${ .contact }' } } } }
      do: [ { rest: { if: '${ .patiently }', wait: PT1H } } ]
      """
    And given the workflow input is:
      """yaml
      { contact: 7, patiently: true }
      """
    When the workflow is started as 'first'
    And the task rest is waiting for some time
    Given given the workflow input is:
      """yaml
      { contact: 8 }
      """
    When the workflow is executed
    Then the workflow should complete

  Scenario: As many at once as the limit says
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: two-at-once, version: '1.0.0', metadata: { switchboard: { concurrency: { limit: 2 } } } }
      do: [ { rest: { wait: PT1H } } ]
      """
    When the workflow is started as 'first'
    And the task rest is waiting for some time
    And the workflow is started as 'second'
    And the task rest is waiting for some time
    And the workflow is started as 'third'
    Then the note of the run should say 'waits for its turn'
    When we turn to the run 'first'
    And the workflow is cancelled
    And we turn to the run 'third'
    And the task rest is waiting for some time
    Then the workflow should still be running

  Scenario: Whoever finds no room may go
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: skip, version: '1.0.0', metadata: { switchboard: { concurrency: { policy: skip } } } }
      do: [ { rest: { wait: PT1H } } ]
      """
    When the workflow is started as 'first'
    And the task rest is waiting for some time
    And the workflow is started as 'second'
    Then the workflow should be cancelled
    And rest should not run

  Scenario: Or take the place of those before it
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: replace, version: '1.0.0', metadata: { switchboard: { concurrency: { policy: replace } } } }
      do: [ { rest: { wait: PT1H } } ]
      """
    When the workflow is started as 'first'
    And the task rest is waiting for some time
    And the workflow is started as 'second'
    And the task rest is waiting for some time
    And we turn to the run 'first'
    Then the workflow should be cancelled

  Scenario: The line survives the death of the server
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: surviving-line, version: '1.0.0', metadata: { switchboard: { concurrency: {} } } }
      do: [ { hear: { listen: { to: { one: { with: { type: com.example.next } } } } } } ]
      """
    When the workflow is started as 'first'
    And the task hear is waiting for an event
    And the workflow is started as 'second'
    And the server is killed and started again
    And the event 'one' of type 'com.example.next' happens
    And the task hear is waiting for an event
    And the event 'two' of type 'com.example.next' happens
    Then the workflow should complete
    When we turn to the run 'first'
    Then the workflow should complete
