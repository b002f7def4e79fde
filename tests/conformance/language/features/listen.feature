Feature: Listen
  As an author of workflows
  I want a run to wait for what happens at its account
  So that one workflow can tell a story from its beginning to its end

  Scenario: One event, of which the data goes on
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'word' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then the workflow should complete with output:
      """yaml
      - word: hello
      """

  Scenario: Another type of event is not heard
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'noise' of type 'com.example.sung' happens with data:
      """yaml
      word: la la
      """
    And the event 'word' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then the workflow should complete with output:
      """yaml
      - word: hello
      """

  Scenario: An event of another account is not heard
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'elsewhere' of type 'com.example.said' happens at another account
    And the event 'here' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then the workflow should complete with output:
      """yaml
      - word: hello
      """

  Scenario Outline: A filter is a literal that must be equal, or an expression that must hold
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said, <filter> } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'soft' of type 'com.example.said' happens with data:
      """yaml
      loud: 1
      """
    And the event 'loud' of type 'com.example.said' happens with data:
      """yaml
      loud: 9
      """
    Then the workflow should complete with output:
      """yaml
      - loud: 9
      """

    Examples:
      | filter                                |
      | data: { loud: 9 }                     |
      | data: '${ .loud > 5 }'                |
      | id: '${ startswith("loud") }'         |

  Scenario: A filter can ask for the subject, whatever the type
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { subject: orders/17 } } }, read: envelope } }
      - tell: { set: { heard: '${ .[0].type }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'other' of type 'com.example.first' happens about 'orders/16'
    And the event 'mine' of type 'com.example.second' happens about 'orders/17'
    Then the workflow should complete with output:
      """yaml
      heard: com.example.second
      """

  Scenario Outline: What of an event goes on
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said } } }, read: <read> } }
      - tell: { set: { told: '${ <look> }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'word' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then the workflow should complete with output:
      """yaml
      told: <told>
      """

    Examples:
      | read     | look                  | told                           |
      | data     | .[0]                  | { word: hello }                |
      | envelope | .[0] \| [.type, .data.word, .specversion] | [ com.example.said, hello, '1.0' ] |
      | raw      | .[0] \| fromjson      | { word: hello }                |

  Scenario: All of several events, in whatever order
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              all:
                - with: { type: com.example.paid }
                - with: { type: com.example.packed }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'packed' of type 'com.example.packed' happens with data:
      """yaml
      what: packed
      """
    And the event 'packedAgain' of type 'com.example.packed' happens with data:
      """yaml
      what: packed again
      """
    And the event 'paid' of type 'com.example.paid' happens with data:
      """yaml
      what: paid
      """
    Then the workflow should complete with output:
      """yaml
      - what: packed
      - what: paid
      """

  Scenario: Any of several events
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              any:
                - with: { type: com.example.paid }
                - with: { type: com.example.cancelled }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'cancelled' of type 'com.example.cancelled' happens with data:
      """yaml
      what: cancelled
      """
    Then the workflow should complete with output:
      """yaml
      - what: cancelled
      """

  Scenario: Any event, until a condition holds over all that came
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              any: [ { with: { type: com.example.dropped } } ]
              until: ${ (map(.amount) | add) >= 10 }
      - tell: { set: { count: '${ length }', sum: '${ map(.amount) | add }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'one' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 4
      """
    And the event 'two' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 5
      """
    And the event 'three' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 6
      """
    Then the workflow should complete with output:
      """yaml
      count: 3
      sum: 15
      """

  Scenario: Any event, until another one ends it
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              any: [ { with: { type: com.example.dropped } } ]
              until: { one: { with: { type: com.example.closed } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'one' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 4
      """
    And the event 'two' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 5
      """
    And the event 'end' of type 'com.example.closed' happens
    Then the workflow should complete with output:
      """yaml
      [ { amount: 4 }, { amount: 5 } ]
      """

  Scenario: Every event, until one that ends it
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to: { any: [], until: { one: { with: { type: com.example.closed } } } }
            read: envelope
      - tell: { set: { heard: '${ map(.type) }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'one' of type 'com.example.this' happens
    And the event 'two' of type 'com.example.that' happens
    And the event 'end' of type 'com.example.closed' happens
    Then the workflow should complete with output:
      """yaml
      heard: [ com.example.this, com.example.that ]
      """

  Scenario: Correlation keeps to one story, which the first event tells
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              all:
                - with: { type: com.example.ordered }
                  correlate: { order: { from: '${ .data.order }' } }
                - with: { type: com.example.paid }
                  correlate: { order: { from: '${ .data.order }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'ordered' of type 'com.example.ordered' happens with data:
      """yaml
      { order: 17, what: tea }
      """
    And the event 'paidOther' of type 'com.example.paid' happens with data:
      """yaml
      { order: 16 }
      """
    And the event 'paid' of type 'com.example.paid' happens with data:
      """yaml
      { order: 17, amount: 3 }
      """
    Then the workflow should complete with output:
      """yaml
      [ { order: 17, what: tea }, { order: 17, amount: 3 } ]
      """

  Scenario: Correlation with what the run knows already
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              one:
                with: { type: com.example.paid }
                correlate: { order: { from: '${ .data.order }', expect: '${ $workflow.input.order }' } }
      """
    And given the workflow input is:
      """yaml
      order: 17
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'other' of type 'com.example.paid' happens with data:
      """yaml
      { order: 16, amount: 1 }
      """
    And the event 'nameless' of type 'com.example.paid' happens with data:
      """yaml
      { amount: 2 }
      """
    And the event 'mine' of type 'com.example.paid' happens with data:
      """yaml
      { order: 17, amount: 3 }
      """
    Then the workflow should complete with output:
      """yaml
      [ { order: 17, amount: 3 } ]
      """

  Scenario: Tasks are done for each event, one after the other
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              any: [ { with: { type: com.example.dropped } } ]
              until: { one: { with: { type: com.example.closed } } }
          foreach:
            item: drop
            at: place
            do:
              - rest: { wait: { milliseconds: 1 } }
              - double: { set: { place: '${ $place }', twice: '${ $drop.amount * 2 }' } }
            output: { as: '${ "\(.place):\(.twice)" }' }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'one' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 4
      """
    And the event 'two' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 5
      """
    And the event 'end' of type 'com.example.closed' happens
    Then the workflow should complete with output:
      """yaml
      [ '0:8', '1:10' ]
      """
    And double should run 2 times

  Scenario: What is done for each event is remembered in the context
    Given a workflow with tasks:
      """yaml
      - hear:
          listen: { to: { any: [ { with: { type: com.example.dropped } } ], until: '${ length == 2 }' } }
          foreach:
            do: [ { take: { set: { amount: '${ $item.amount }' } } } ]
            export: { as: '${ { sum: (($context.sum // 0) + .amount) } }' }
      - tell: { set: '${ $context }' }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'one' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 4
      """
    And the event 'two' of type 'com.example.dropped' happens with data:
      """yaml
      amount: 5
      """
    Then the workflow should complete with output:
      """yaml
      sum: 9
      """

  Scenario: Two runs hear the same event
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the workflow is started
    And the task hear is waiting for an event
    And the event 'word' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then all runs of the scenario should complete with output:
      """yaml
      - word: hello
      """

  Scenario: An event that is delivered twice is heard once
    Given a workflow with tasks:
      """yaml
      - hear:
          listen:
            to:
              any: [ { with: { type: com.example.dropped } } ]
              until: { one: { with: { type: com.example.closed } } }
      - tell: { set: { count: '${ length }' } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'drop' of type 'com.example.dropped' happens
    And the event 'drop' of type 'com.example.dropped' is delivered again
    And the event 'end' of type 'com.example.closed' happens
    Then the workflow should complete with output:
      """yaml
      count: 1
      """

  Scenario: An event that came before anybody listened is over
    Given a workflow with tasks:
      """yaml
      - first: { listen: { to: { one: { with: { type: com.example.first } } } } }
      - second: { listen: { to: { one: { with: { type: com.example.second } } } } }
      """
    When the workflow is started
    And the task first is waiting for an event
    And the event 'early' of type 'com.example.second' happens with data:
      """yaml
      when: early
      """
    And the event 'first' of type 'com.example.first' happens
    And the task second is waiting for an event
    And the event 'late' of type 'com.example.second' happens with data:
      """yaml
      when: late
      """
    Then the workflow should complete with output:
      """yaml
      - when: late
      """

  Scenario: A filter that fails on an event fails the task
    Given a workflow with tasks:
      """yaml
      - hear: { listen: { to: { one: { with: { type: com.example.said, data: '${ .word | keys }' } } } } }
      """
    When the workflow is started
    And the task hear is waiting for an event
    And the event 'word' of type 'com.example.said' happens with data:
      """yaml
      word: hello
      """
    Then the workflow should fault with an error that has:
      | title    | EXPRESSION_FAILED |
      | instance | /do/0/hear        |
