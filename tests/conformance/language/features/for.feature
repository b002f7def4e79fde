Feature: Loops
  As an author of workflows
  I want the same to be done for each thing in a list
  So that I need not know how many there are

  Scenario: The output of one round is the input of the next
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ .numbers }' }
          do:
            - add: { set: { sum: '${ (.sum // 0) + $number }' } }
      """
    And given the workflow input is:
      """yaml
      numbers: [ 1, 2, 3, 4 ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      sum: 10
      """
    And add should run 4 times

  Scenario: Item and index have names unless they are given others
    Given a workflow with tasks:
      """yaml
      - plain:
          for: { in: '${ ["a", "b"] }' }
          do: [ { note: { set: { plain: '${ (.plain // []) + ["\($index)\($item)"] }' } } } ]
      - named:
          for: { each: letter, at: place, in: '${ ["c", "d"] }' }
          do: [ { noteToo: { set: { plain: '${ .plain }', named: '${ (.named // []) + ["\($place)\($letter)"] }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      plain: [ 0a, 1b ]
      named: [ 0c, 1d ]
      """

  Scenario: Nothing in the list, nothing done
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { in: '${ [] }' }
          do: [ { never: { set: { never: true } } } ]
      """
    And given the workflow input is:
      """yaml
      kept: true
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      kept: true
      """
    And never should not run

  Scenario: A loop goes on while it should
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3, 4, 5] }' }
          while: ${ (.sum // 0) < 4 }
          do: [ { add: { set: { sum: '${ (.sum // 0) + $number }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      sum: 6
      """
    And add should run 3 times

  Scenario: The condition sees the item at hand
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: word, at: place, in: '${ ["go", "on", "stop", "never"] }' }
          while: ${ $word != "stop" and $place < 9 }
          do: [ { say: { set: { said: '${ (.said // []) + [$word] }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      said: [ go, on ]
      """

  Scenario: Loops nest, and the inner names hide the outer
    Given a workflow with tasks:
      """yaml
      - rows:
          for: { each: cell, at: row, in: '${ ["x", "y"] }' }
          do:
            - before: { set: { seen: '${ (.seen // []) + [$cell] }' } }
            - columns:
                for: { each: cell, at: column, in: '${ [1, 2] }' }
                do: [ { note: { set: { seen: '${ .seen + ["\($row)\($column)\($cell)"] }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      seen: [ x, '001', '012', y, '101', '112' ]
      """

  Scenario: The list is looked at once, when the loop begins
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: word, in: '${ .words }' }
          do: [ { grow: { set: { words: '${ .words + [$word] }' } } } ]
      """
    And given the workflow input is:
      """yaml
      words: [ a, b ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      words: [ a, b, a, b ]
      """

  Scenario: A round that fails ends the loop
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do:
            - check: { if: '${ $number == 2 }', raise: { error: { type: https://example.com/two, status: 400 } } }
            - note: { set: { seen: '${ $number }' } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/two
      status: 400
      instance: /do/0/loop/do/0/check
      """
    And note should run once

  Scenario: Exit in a round goes on with the next
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do:
            - odd: { if: '${ $number % 2 == 1 }', set: '${ . }', then: continue }
            - sort: { switch: [ { even: { when: '${ $number % 2 == 0 }', then: exit } } ] }
            - note: { set: { odd: '${ (.odd // []) + [$number] }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      odd: [ 1, 3 ]
      """

  Scenario: The loop's own output can be shaped
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do: [ { add: { set: { sum: '${ (.sum // 0) + $number }' } } } ]
          output: { as: '${ .sum }' }
      - tell: { set: { total: '${ . }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      total: 6
      """
