Feature: Data
  As an author of workflows
  I want to say what each task is given, what it gives, and what is remembered
  So that tasks fit together

  Scenario: A task's input can be chosen
    Given a workflow with tasks:
      """yaml
      - greet: { input: { from: '${ .customer }' }, set: { text: '${ "Hello " + .name }' } }
      """
    And given the workflow input is:
      """yaml
      customer: { name: Ines }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      text: Hello Ines
      """
    And the task greet should have the input:
      """yaml
      name: Ines
      """

  Scenario: A task's input can be put together
    Given a workflow with tasks:
      """yaml
      - greet: { input: { from: { who: '${ .customer.name }', how: Hello } }, set: { text: '${ "\(.how) \(.who)" }' } }
      """
    And given the workflow input is:
      """yaml
      customer: { name: Ines }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      text: Hello Ines
      """

  Scenario: A task's output can be shaped, with its input at hand
    Given a workflow with tasks:
      """yaml
      - double: { set: { double: '${ .number * 2 }' }, output: { as: { was: '${ $input.number }', is: '${ .double }' } } }
      """
    And given the workflow input is:
      """yaml
      number: 4
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      was: 4
      is: 8
      """

  Scenario: The workflow's own input and output can be shaped
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: shaped, version: '1.0.0' }
      input: { from: '${ .order }' }
      do:
        - add: { set: { total: '${ .price * .count }' } }
      output: { as: { total: '${ .total }', asked: '${ $workflow.input.order.count }' } }
      """
    And given the workflow input is:
      """yaml
      order: { price: 2.5, count: 4 }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      total: 10
      asked: 4
      """

  Scenario: What is exported is the context of all that follows
    Given a workflow with tasks:
      """yaml
      - remember: { set: { secret: 42 }, export: { as: '${ { number: .secret } }' } }
      - forget: { set: {} }
      - recall: { set: { number: '${ $context.number }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      number: 42
      """

  Scenario: The context grows only as one says
    Given a workflow with tasks:
      """yaml
      - first: { set: { a: 1 }, export: { as: '${ $context + . }' } }
      - second: { set: { b: 2 }, export: { as: '${ $context + . }' } }
      - third: { set: { c: 3 }, export: { as: . } }
      - tell: { set: { context: '${ $context }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      context: { c: 3 }
      """

  Scenario: What is exported is the output as it was shaped
    Given a workflow with tasks:
      """yaml
      - first: { set: { a: 1, b: 2 }, output: { as: '${ .a }' }, export: { as: { exported: '${ . }', output: '${ $output }' } } }
      - tell: { set: '${ $context }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      exported: 1
      output: 1
      """

  Scenario: A task inside a block exports to all, also behind the block
    Given a workflow with tasks:
      """yaml
      - block:
          do:
            - inside: { set: { a: 1 }, export: { as: '${ { fromInside: .a } }' } }
      - tell: { set: '${ $context }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      fromInside: 1
      """

  Scenario: Set can be one expression as a whole
    Given a workflow with tasks:
      """yaml
      - whole: { set: '${ [.[] | . * 2] }' }
      """
    And given the workflow input is:
      """yaml
      { a: 1, b: 2 }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      [ 2, 4 ]
      """

  Scenario: Expressions stand anywhere inside of a value, texts stay as they are
    Given a workflow with tasks:
      """yaml
      - deep: { set: { list: [ plain, '${ .a }', { deeper: '${ .a + 1 }' } ], price: 5 $, number: 1.5, nothing: null } }
      """
    And given the workflow input is:
      """yaml
      a: 1
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      list: [ plain, 1, { deeper: 2 } ]
      price: 5 $
      number: 1.5
      nothing: null
      """

  Scenario: An expression that gives nothing gives null, and of several results the first counts
    Given a workflow with tasks:
      """yaml
      - odd: { set: { none: '${ empty }', several: '${ 1, 2, 3 }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      none: null
      several: 1
      """

  Scenario: Names of people in all their scripts stay what they are
    Given a workflow with tasks:
      """yaml
      - greet: { set: { text: '${ "Grüß Gott, \(.name) 👋" }', length: '${ .name | length }' } }
      """
    And given the workflow input is:
      """yaml
      name: 王小明
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      text: Grüß Gott, 王小明 👋
      length: 3
      """
