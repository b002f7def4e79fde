Feature: Side by side
  As an author of workflows
  I want things to be done at the same time
  So that one does not wait for the other

  Scenario: The outputs come in the order of the branches, whoever is ready first
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - slow: { do: [ { rest: { wait: { milliseconds: 20 } } }, { tellSlow: { set: { who: slow } } } ] }
              - quick: { set: { who: quick } }
      - tell: { set: { who: '${ map(.who) }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      who: [ slow, quick ]
      """

  Scenario: Every branch is given what flowed into the fork
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - double: { set: { number: '${ .number * 2 }' } }
              - negate: { set: { number: '${ - .number }' } }
      """
    And given the workflow input is:
      """yaml
      number: 21
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      [ { number: 42 }, { number: -21 } ]
      """

  Scenario: In a competition the first wins and the others are given up
    Given a workflow with tasks:
      """yaml
      - race:
          fork:
            compete: true
            branches:
              - tortoise: { wait: PT1H }
              - hare: { set: { winner: hare } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      winner: hare
      """
    And the task tortoise should be given up

  Scenario: A branch that fails fails the fork, and the others are given up
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - patient: { wait: PT1H }
              - broken: { raise: { error: { type: https://example.com/broken, status: 400 } } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/broken
      status: 400
      instance: /do/0/both/fork/branches/1/broken
      """
    And the task patient should be given up

  Scenario: In a competition whoever fails has merely lost
    Given a workflow with tasks:
      """yaml
      - race:
          fork:
            compete: true
            branches:
              - broken: { raise: { error: { type: https://example.com/broken, status: 400 } } }
              - slow: { do: [ { rest: { wait: { milliseconds: 5 } } }, { win: { set: { winner: slow } } } ] }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      winner: slow
      """
    And the task broken should fault

  Scenario: A competition fails when all have failed
    Given a workflow with tasks:
      """yaml
      - race:
          fork:
            compete: true
            branches:
              - one: { raise: { error: { type: https://example.com/one, status: 400 } } }
              - two: { raise: { error: { type: https://example.com/two, status: 400 } } }
      """
    When the workflow is executed
    Then the workflow should fault
    And the task one should fault
    And the task two should fault

  Scenario: The failure of a branch can be caught inside of it
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - careful:
                  try: [ { broken: { raise: { error: { type: https://example.com/broken, status: 400 } } } } ]
                  catch: { do: [ { handled: { set: { handled: true } } } ] }
              - plain: { set: { plain: true } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      [ { handled: true }, { plain: true } ]
      """

  Scenario: The failure of a fork can be caught around it
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - both:
                fork:
                  branches:
                    - patient: { wait: PT1H }
                    - broken: { raise: { error: { type: https://example.com/broken, status: 400 } } }
          catch: { do: [ { tell: { set: { where: '${ $error.instance }' } } } ] }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      where: /do/0/attempt/try/0/both/fork/branches/1/broken
      """

  Scenario: Branches wait at the same time
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - one: { listen: { to: { one: { with: { type: com.example.one } } } } }
              - two: { listen: { to: { one: { with: { type: com.example.two } } } } }
      - tell: { set: { heard: '${ map(.[0].say) }' } }
      """
    When the workflow is started
    And the task one is waiting for an event
    And the task two is waiting for an event
    And the event 'second' of type 'com.example.two' happens with data:
      """yaml
      say: two
      """
    And the event 'first' of type 'com.example.one' happens with data:
      """yaml
      say: one
      """
    Then the workflow should complete with output:
      """yaml
      heard: [ one, two ]
      """

  Scenario: Forks nest
    Given a workflow with tasks:
      """yaml
      - outer:
          fork:
            branches:
              - left: { fork: { branches: [ { a: { set: { is: a } } }, { b: { set: { is: b } } } ] } }
              - right: { set: { is: c } }
      - flat: { set: { all: '${ flatten | map(.is) }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      all: [ a, b, c ]
      """

  Scenario: A branch that is skipped gives what it was given
    Given a workflow with tasks:
      """yaml
      - both:
          fork:
            branches:
              - idle: { if: '${ false }', set: { idle: false } }
              - busy: { set: { busy: true } }
      """
    And given the workflow input is:
      """yaml
      given: true
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      [ { given: true }, { busy: true } ]
      """
