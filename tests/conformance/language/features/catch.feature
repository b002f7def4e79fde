Feature: Try and catch
  As an author of workflows
  I want to say which errors I can deal with, and how
  So that the others stay loud

  Scenario: Nothing fails, so nothing is caught
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - fine: { set: { fine: true } }
          catch:
            do:
              - never: { set: { fine: false } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      fine: true
      """
    And never should not run

  Scenario: The error is $error unless it gets another name
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418, title: Teapot, detail: short and stout } } }
          catch:
            do:
              - tell: { set: { told: '${ $error }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      told:
        type: https://example.com/broken
        status: 418
        title: Teapot
        detail: short and stout
        instance: /do/0/attempt/try/0/broken
      """

  Scenario Outline: Each member that the filter names must be the error's
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418, title: Teapot, detail: short and stout } } }
          catch:
            errors: { with: <filter> }
            do:
              - caught: { set: { caught: true } }
      """
    When the workflow is executed
    Then the workflow should <ending>

    Examples:
      | filter                                              | ending   |
      | { type: https://example.com/broken }                | complete |
      | { type: https://example.com/other }                 | fault    |
      | { status: 418 }                                     | complete |
      | { status: 404 }                                     | fault    |
      | { title: Teapot }                                   | complete |
      | { title: Kettle }                                   | fault    |
      | { detail: short and stout }                         | complete |
      | { instance: /do/0/attempt/try/0/broken }            | complete |
      | { instance: /do/9/elsewhere }                       | fault    |
      | { type: https://example.com/broken, status: 404 }   | fault    |

  Scenario Outline: The standard's own errors are known by either of its two families of names
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - late: { wait: PT1H, timeout: { after: { milliseconds: 5 } } }
          catch:
            errors: { with: { type: <type> } }
            do:
              - caught: { set: { caught: true } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      caught: true
      """

    Examples:
      | type                                                    |
      | https://serverlessworkflow.io/spec/1.0.0/errors/timeout |
      | https://serverlessworkflow.io/dsl/errors/types/timeout  |

  Scenario Outline: A condition decides with the error at hand
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
          catch:
            as: problem
            <rule>
            do:
              - caught: { set: { caught: '${ $problem.status }' } }
      """
    And given the workflow input is:
      """yaml
      wanted: 418
      """
    When the workflow is executed
    Then the workflow should <ending>

    Examples:
      | rule                                            | ending   |
      | when: ${ $problem.status == .wanted }           | complete |
      | when: ${ $problem.status != .wanted }           | fault    |
      | exceptWhen: ${ $problem.status == .wanted }     | fault    |
      | exceptWhen: ${ $problem.status != .wanted }     | complete |

  Scenario: Caught without a handler, the flow goes on with what flowed in
    Given a workflow with tasks:
      """yaml
      - before: { set: { before: true } }
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
          catch: {}
      - after: { set: '${ . + { after: true } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      before: true
      after: true
      """
    And the task broken should fault

  Scenario: What came before the failure inside the block has still happened
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - noted: { set: { noted: true }, export: { as: . } }
            - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
            - never: { set: { never: true } }
          catch:
            do:
              - tell: { set: { noted: '${ $context.noted }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      noted: true
      """
    And never should not run

  Scenario: The inner block comes first
    Given a workflow with tasks:
      """yaml
      - outer:
          try:
            - inner:
                try:
                  - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
                catch:
                  do: [ { innerCaught: { set: { by: inner } } } ]
          catch:
            do: [ { outerCaught: { set: { by: outer } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      by: inner
      """

  Scenario: What the inner block does not want reaches the outer
    Given a workflow with tasks:
      """yaml
      - outer:
          try:
            - inner:
                try:
                  - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
                catch:
                  errors: { with: { status: 404 } }
                  do: [ { innerCaught: { set: { by: inner } } } ]
          catch:
            as: problem
            do: [ { outerCaught: { set: { by: outer, where: '${ $problem.instance }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      by: outer
      where: /do/0/outer/try/0/inner/try/0/broken
      """

  Scenario: A handler may raise an error of its own, with the old one in it
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418, title: Teapot } } }
          catch:
            do:
              - worse: { raise: { error: { type: https://example.com/worse, status: 500, title: '${ "after " + $error.title }' } } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/worse
      status: 500
      title: after Teapot
      instance: /do/0/attempt/catch/do/0/worse
      """

  Scenario Outline: Whatever a task fails of can be caught
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: <task>
          catch:
            do:
              - tell: { set: { type: '${ $error.type | split("/") | last }', status: '${ $error.status }', title: '${ $error.title }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      { type: <type>, status: <status>, title: <title> }
      """

    Examples:
      | task                                                                         | type       | status | title             |
      | { set: '${ error("no") }' }                                                  | expression | 400    | EXPRESSION_FAILED |
      | { set: { a: 1 }, output: { schema: { document: { required: [ b ] } } } }     | validation | 400    | SCHEMA_VIOLATED   |
      | { wait: PT1H, timeout: { after: { milliseconds: 5 } } }                      | timeout    | 408    | TIMED_OUT         |
      | { for: { in: '${ 7 }' }, do: [ { a: { set: {} } } ] }                        | expression | 400    | LOOP_NOT_A_LIST   |
      | { run: { workflow: { namespace: nobody, name: nothing } } }                  | configuration | 400 | WORKFLOW_NOT_FOUND |
      | { wait: '${ "soon" }' }                                                      | expression | 400    | DURATION_INVALID  |

  Scenario: An error deep inside a loop names its place in the definition
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - loop:
                for: { each: number, in: '${ [1, 2, 3] }' }
                do:
                  - check:
                      if: ${ $number == 2 }
                      raise: { error: { type: https://example.com/two, status: 400 } }
          catch:
            do:
              - tell: { set: { where: '${ $error.instance }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      where: /do/0/attempt/try/0/loop/do/0/check
      """
    And check should run 2 times

  Scenario: After the handler the flow goes where the block says
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - broken: { raise: { error: { type: https://example.com/broken, status: 418 } } }
          catch:
            do: [ { handled: { set: { handled: true } } } ]
          then: last
      - skipped: { set: { skipped: true } }
      - last: { set: '${ . + { last: true } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      handled: true
      last: true
      """
    And skipped should not run
