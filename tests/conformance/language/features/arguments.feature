Feature: What expressions can see
  As an author of workflows
  I want to ask where and when I am, and what came before
  So that a task can tell its story

  Scenario: The workflow
    Given a workflow with tasks:
      """yaml
      - tell:
          set:
            name: ${ $workflow.definition.document.name }
            input: ${ $workflow.input }
            isRun: ${ $workflow.id | startswith("run_") }
            began: ${ ($workflow.startedAt.iso8601 | length) > 0 and $workflow.startedAt.epoch.milliseconds > 0 }
      """
    And given the workflow input is:
      """yaml
      asked: true
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: tasks
      input: { asked: true }
      isRun: true
      began: true
      """

  Scenario: The task
    Given a workflow with tasks:
      """yaml
      - tell:
          input: { from: '${ { chosen: .given } }' }
          set:
            name: ${ $task.name }
            reference: ${ $task.reference }
            raw: ${ $task.input }
            input: ${ $input }
            kinds: ${ $task.definition | keys }
            began: ${ $task.startedAt.epoch.milliseconds >= $workflow.startedAt.epoch.milliseconds }
      """
    And given the workflow input is:
      """yaml
      given: 1
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: tell
      reference: /do/0/tell
      raw: { given: 1 }
      input: { chosen: 1 }
      kinds: [ input, set ]
      began: true
      """

  Scenario: The engine
    Given a workflow with tasks:
      """yaml
      - tell: { set: { name: '${ $runtime.name }', version: '${ $runtime.version | test("^[0-9]+[.][0-9]+") }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: switchboard
      version: true
      """

  Scenario: What an earlier task gave
    Given a workflow with tasks:
      """yaml
      - one: { set: { number: 1 } }
      - block: { do: [ { two: { set: { number: 2 } } } ] }
      - three: { set: { sum: '${ $steps.one.output.number + $steps.two.output.number }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      sum: 3
      """

  Scenario: A task that has not run yet has given nothing
    Given a workflow with tasks:
      """yaml
      - early: { set: { late: '${ $steps.late.output }' } }
      - late: { set: { early: '${ .late }', done: true } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      early: null
      done: true
      """

  Scenario: Of a task in a loop the last round counts
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do: [ { square: { set: { square: '${ $number * $number }' } } } ]
      - tell: { set: { last: '${ $steps.square.output.square }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      last: 9
      """

  Scenario: Input and output while the output is shaped
    Given a workflow with tasks:
      """yaml
      - shape: { set: { made: true }, output: { as: { raw: '${ $output }', task: '${ $task.output }', input: '${ $input }' } } }
      """
    And given the workflow input is:
      """yaml
      given: true
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      raw: { made: true }
      task: { made: true }
      input: { given: true }
      """

  Scenario Outline: What is not there at a place is refused before anything runs
    Given a workflow with tasks:
      """yaml
      - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_EXPRESSION_INVALID'
    And the message should mention '<name>'

    Examples:
      | task                                                     | name    |
      | { set: { a: '${ $output }' } }                           | output  |
      | { if: '${ $input }', set: {} }                           | input   |
      | { set: { a: '${ $item }' } }                             | item    |
      | { set: { a: '${ $error }' } }                            | error   |
      | { set: { a: '${ $nonsense }' } }                         | nonsense |
      | { set: { a: '${ env }' } }                               | env     |
      | { set: { a: '${ $ENV }' } }                              | ENV     |
      | { set: { a: '${ now }' } }                               | now     |
      | { set: { a: '${ input }' } }                             | input   |
