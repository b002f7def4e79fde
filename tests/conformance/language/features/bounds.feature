Feature: Bounds
  As an operator
  I want what is too much to be refused or stopped, with a word about why
  So that one workflow, or one customer, cannot hurt the others

  # ---- Definitions ----

  Scenario: What is no YAML
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: broken, version: '1.0.0' }
      do:
        - first: { set: { a: 1 }
      """
    When the workflow is validated
    Then it should be refused with 'YAML_MALFORMED'

  Scenario: A key that stands twice
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: double, version: '1.0.0' }
      do:
        - first:
            set: { a: 1 }
            set: { b: 2 }
      """
    When the workflow is validated
    Then it should be refused with 'YAML_DUPLICATE_KEY'
    And the fault should be at line 5, column 7

  Scenario: Aliases that would unfold to a mountain
    Given a workflow with definition:
      """yaml
      a: &a [ x, x, x, x, x, x, x, x, x, x ]
      b: &b [ *a, *a, *a, *a, *a, *a, *a, *a, *a, *a ]
      c: &c [ *b, *b, *b, *b, *b, *b, *b, *b, *b, *b ]
      d: &d [ *c, *c, *c, *c, *c, *c, *c, *c, *c, *c ]
      e: &e [ *d, *d, *d, *d, *d, *d, *d, *d, *d, *d ]
      f: &f [ *e, *e, *e, *e, *e, *e, *e, *e, *e, *e ]
      """
    When the workflow is validated
    Then it should be refused with 'YAML_TOO_LARGE'

  Scenario: Blocks may nest
    Given a workflow whose tasks nest 15 levels deep
    When the workflow is validated
    Then it should be accepted

  Scenario: But not without end
    Given a workflow whose tasks nest 16 levels deep
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_INVALID'
    And the message should mention '15 levels'

  Scenario: Brackets within brackets
    Given a workflow with brackets 10000 levels deep
    When the workflow is validated
    Then it should be refused with 'YAML_MALFORMED'

  Scenario: Thousands of tasks are fine
    Given a workflow of 3000 tasks
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      number: 2999
      """

  Scenario: More than anybody can read is not
    Given a workflow of 30000 tasks
    When the workflow is validated
    Then it should be refused with 'YAML_TOO_LARGE'

  # ---- Expressions ----

  Scenario Outline: An expression that does not end is stopped
    Given a workflow with tasks:
      """yaml
      - spin: { set: { a: '${ <expression> }' } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type  | https://serverlessworkflow.io/spec/1.0.0/errors/expression |
      | title | EXPRESSION_TOO_EXPENSIVE                                   |

    Examples:
      | expression                                |
      | last(range(1e18))                         |
      | def spin: spin; spin                      |
      | [limit(1e18; repeat(1))] \| length        |
      | "x" * 1e9 \| length                       |

  Scenario: One that is stopped does not keep others waiting
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            compete: true
            branches:
              - spin: { set: { a: '${ last(range(1e18)) }' } }
              - quick: { set: { quick: true } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      quick: true
      """

  Scenario: An expression sees nothing of the server
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { peek: { set: { a: '${ $__loc__ }', b: '${ input_filename }' } } } ]
          catch: {}
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_EXPRESSION_INVALID'

  # ---- Runs ----

  Scenario: A loop over many thousand things is done
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [range(30000)] }' }
          do: [ { note: { set: { last: '${ $number }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      last: 29999
      """

  Scenario: A list that is longer than an expression may give
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [range(3000000)] }' }
          do: [ { note: { set: { last: '${ $number }' } } } ]
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | EXPRESSION_TOO_EXPENSIVE |

  # Not in the ordinary run: a million rounds are a million expressions and as many steps to store, which takes many minutes and proves what
  # the 30,000 above prove at a smaller size: that rounds are bounded neither by steps nor by memory. SWITCHBOARD_LONG_SCENARIOS=1 runs it.
  # The list is nested because one expression cannot give a million items in its time, nor one message carry them as an input.
  @long
  Scenario: A loop over a million things is done, too
    Given a workflow with tasks:
      """yaml
      - thousands:
          for: { each: thousand, in: '${ [range(1000)] }' }
          do:
            - units:
                for: { each: unit, in: '${ [range(1000)] }' }
                do: [ { note: { set: { last: '${ $thousand * 1000 + $unit }' } } } ]
      - tell: { emit: { event: { with: { type: com.example.counted.million, data: { last: '${ .last }' } } } } }
      """
    When the workflow is started
    Then the workflow should complete in the end
    And an event of type 'com.example.counted.million' should have been emitted with data:
      """yaml
      last: 999999
      """

  Scenario: A circle without an end is stopped
    Given a workflow with tasks:
      """yaml
      - there: { set: { count: '${ (.count // 0) + 1 }' } }
      - back: { set: '${ . }', then: there }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | RUN_TOO_LONG |

  Scenario: Retries without a pause, a limit or a hope are stopped
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { hopeless: { raise: { error: { type: https://example.com/never, status: 503 } } } } ]
          catch: { retry: {} }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | RUN_TOO_LONG |

  Scenario: A large input goes through
    Given a workflow with tasks:
      """yaml
      - count: { set: { count: '${ .numbers | length }', last: '${ .numbers[-1] }' } }
      """
    And given a list 'numbers' of 100000 numbers as the workflow input
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      count: 100000
      last: 99999
      """

  Scenario: An input that does not fit into a message is refused
    Given a workflow with tasks:
      """yaml
      - count: { set: { length: '${ .text | length }' } }
      """
    And given a text 'text' of 5000000 characters as the workflow input
    Then starting the workflow should be refused with status RESOURCE_EXHAUSTED

  Scenario: An input may be nested
    Given a workflow with tasks:
      """yaml
      - depth: { set: { depth: '${ [paths] | map(length) | max }' } }
      """
    And given the workflow input is nested 30 levels deep
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      depth: 29
      """

  Scenario: But not beyond reason
    Given a workflow with tasks:
      """yaml
      - depth: { set: { ok: true } }
      """
    Then starting the workflow with an input nested 200 levels deep should be refused with 'REQUEST_UNREADABLE'

  Scenario: What is nested without reason is refused, and the server goes on
    Given a workflow with tasks:
      """yaml
      - fine: { set: { fine: true } }
      """
    Then starting the workflow with an input nested 10000 levels deep should be refused with 'REQUEST_UNREADABLE'
    And publishing an event nested 10000 levels deep should be refused with 'REQUEST_UNREADABLE'
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      fine: true
      """

  Scenario: An event with more data than anybody should send is refused
    Then publishing an event with 1100000 characters should be refused with 'EVENT_TOO_LARGE'

  Scenario: An event that looks like the engine's own is refused
    Then publishing an event of type 'io.serverlessworkflow.task.completed.v1' should be refused with 'FIELD_INVALID'

  Scenario: Names from another world do no harm
    Given a workflow with tasks:
      """yaml
      - 'Größe; drop table run; --': { set: { '__proto__': '${ .constructor }', "a'b\"c": '${ "\u0000" | length }' } }
      """
    And given the workflow input is:
      """yaml
      constructor: "'; select 1"
      """
    When the workflow is executed
    Then the workflow should complete

  # ---- One customer's storm ----

  # The shop keeps the storm's calls waiting until it is opened, so which run ends first depends on no clock.
  Scenario: A storm at one account keeps no other account waiting, and nothing of it is lost
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: storm, version: '1.0.0' }
      schedule: { on: { one: { with: { type: com.example.storm } } } }
      do:
        - ask:
            call: http
            with: { method: get, endpoint: 'https://shop.example/counter' }
            metadata: { switchboard: { attempts: 10 } }
      """
    And the workflow is enabled
    And the counter of the shop is shut
    When 5000 events of type 'com.example.storm' happen
    Then another workflow should complete at the account of another tenant:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: beside-the-storm, version: '1.0.0' }
      do:
        - ask: { call: http, with: { method: get, endpoint: 'https://shop.example/orders/17' } }
      """
    And no run of the workflow should have succeeded yet
    When the counter of the shop is opened
    Then 5000 runs of the workflow should succeed
    And 5000 events of type 'com.example.storm' should be stored
