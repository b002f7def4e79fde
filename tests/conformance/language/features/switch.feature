Feature: Switch
  As an author of workflows
  I want the flow to depend on the data
  So that each case gets what it needs

  Background:
    Given a workflow with tasks:
      """yaml
      - sort:
          switch:
            - other: { then: rest }
            - small: { when: '${ .size < 10 }', then: small }
            - even: { when: '${ .size % 2 == 0 }', then: even }
      - rest: { set: { bin: rest }, then: end }
      - small: { set: { bin: small }, then: end }
      - even: { set: { bin: even }, then: end }
      """

  Scenario Outline: The first case that holds wins, and the default comes last wherever it stands
    And given the workflow input is:
      """yaml
      size: <size>
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      bin: <bin>
      """

    Examples:
      | size | bin   |
      | 4    | small |
      | 12   | even  |
      | 13   | rest  |

  Scenario: What flows in flows on to the chosen task
    Given a workflow with tasks:
      """yaml
      - sort: { switch: [ { big: { when: '${ .size > 3 }', then: grow } } ] }
      - grow: { set: { size: '${ .size * 2 }' } }
      """
    And given the workflow input is:
      """yaml
      size: 4
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      size: 8
      """

  Scenario: Cases may continue, exit and end
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: word, in: '${ .words }' }
          do:
            - sort:
                switch:
                  - stop: { when: '${ $word == "stop" }', then: end }
                  - skip: { when: '${ $word == "skip" }', then: exit }
                  - else: { then: continue }
            - say: { set: { said: '${ (.said // []) + [$word] }' } }
      - never: { set: { said: everything } }
      """
    And given the workflow input is:
      """yaml
      words: [ one, skip, two, stop, three ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      said: [ one, two ]
      """

  Scenario: A case that fails fails the task
    Given a workflow with tasks:
      """yaml
      - sort: { switch: [ { strange: { when: '${ .size | keys }', then: end } } ] }
      """
    And given the workflow input is:
      """yaml
      size: 3
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | EXPRESSION_FAILED |
      | instance | /do/0/sort        |
