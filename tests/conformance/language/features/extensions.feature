Feature: Extensions
  As an author of workflows
  I want to do something before and after all tasks of a kind
  So that I need not write it at each of them

  Scenario: Before and after
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: extended, version: '1.0.0' }
      use:
        extensions:
          - log:
              extend: set
              before: [ { begin: { wait: { milliseconds: 1 } } } ]
              after: [ { finish: { wait: { milliseconds: 1 } } } ]
      do:
        - count: { set: { n: 1 } }
        - rest: { wait: { milliseconds: 1 } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      n: 1
      """
    And begin should run once
    And finish should run once
    And begin should run after count
    And rest should run after finish

  Scenario: A stand-in for a service
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: mocked, version: '1.0.0' }
      use:
        extensions:
          - mock:
              extend: call
              when: $task.definition.with.endpoint | startswith("https://mocked.example")
              before: [ { instead: { set: { pretended: true }, then: exit } } ]
      do:
        - ask: { call: http, with: { method: get, endpoint: 'https://mocked.example/pets' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      pretended: true
      """
    And instead should run once

  Scenario: The task that it is about
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: observed, version: '1.0.0' }
      use:
        extensions:
          - log:
              extend: set
              when: $task.name == "count"
              after: [ { note: { set: { of: '${ $task.reference }', gave: '${ $task.output.n }' }, export: { as: '${ . }' } } } ]
      do:
        - count: { set: { n: 41 } }
        - tell: { set: { noted: '${ $context }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      noted: { of: /do/0/count, gave: 41 }
      """

  Scenario: What it does goes on after a restart
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: extended-crash, version: '1.0.0' }
      use:
        extensions:
          - slow: { extend: set, before: [ { begin: { wait: { seconds: 2 } } } ], after: [ { finish: { wait: { milliseconds: 1 } } } ] }
      do:
        - count: { set: { n: '${ .n + 1 }' } }
      """
    And given the workflow input is:
      """yaml
      n: 1
      """
    When the workflow is started
    And the task begin is waiting for some time
    And the server is killed and started again
    Then the workflow should complete with output:
      """yaml
      n: 2
      """
    And finish should run once

  Scenario: One that fails fails the task
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: strict, version: '1.0.0' }
      use:
        extensions:
          - strict: { extend: set, before: [ { refuse: { raise: { error: { type: 'https://example.com/no', status: 403 } } } } ] }
      do:
        - count: { set: { n: 1 } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type   | https://example.com/no |
      | status | 403                    |
    And the task count should fault
