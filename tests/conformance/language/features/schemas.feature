Feature: Schemas
  As an author of workflows
  I want to say what data must look like
  So that what is wrong is found where it comes from

  Background:
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: order, version: '1.0.0' }
      input:
        schema:
          format: json
          document:
            type: object
            required: [ count ]
            properties: { count: { type: integer, minimum: 1, maximum: 9 } }
      do:
        - pack:
            input: { schema: { document: { properties: { count: { maximum: 8 } } } } }
            set: { boxes: '${ .count * 2 }' }
            output: { schema: { document: { properties: { boxes: { not: { const: 4 } } } } } }
            export: { as: '${ { boxes: .boxes } }', schema: { document: { properties: { boxes: { not: { const: 6 } } } } } }
      output: { schema: { document: { properties: { boxes: { not: { const: 8 } } } } } }
      """

  Scenario: Data that fits passes
    Given given the workflow input is:
      """yaml
      count: 5
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      boxes: 10
      """

  Scenario Outline: Data that does not fit fails where it should have
    Given given the workflow input is:
      """yaml
      <input>
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/validation |
      | status   | 400                                                        |
      | title    | SCHEMA_VIOLATED                                            |
      | instance | <place>                                                    |
    And the detail of the error should mention "<words>"

    Examples:
      | input         | place      | words                 |
      | other: 1      | /input     | input of the workflow |
      | count: 10     | /input     | /count                |
      | count: 1.5    | /input     | /count                |
      | count: many   | /input     | /count                |
      | count: 9      | /do/0/pack | task's input          |
      | count: 2      | /do/0/pack | task's output         |
      | count: 3      | /do/0/pack | exported context      |
      | count: 4      | /output    | output of the workflow |

  Scenario: What does not fit can be caught like any error
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - check: { input: { schema: { document: { required: [ name ] } } }, set: { ok: true } }
          catch:
            errors: { with: { type: https://serverlessworkflow.io/spec/1.0.0/errors/validation } }
            do: [ { anonymous: { set: { ok: false } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      ok: false
      """

  Scenario: The schema is applied before the input is chosen from
    Given a workflow with tasks:
      """yaml
      - check:
          input: { schema: { document: { required: [ customer ] } }, from: '${ .customer }' }
          set: { name: '${ .name }' }
      """
    And given the workflow input is:
      """yaml
      customer: { name: Tom }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: Tom
      """
