Feature: Definitions that are wrong
  As an author of workflows
  I want to be told what is wrong, where, and what to do
  So that I find it before a customer does

  Deploying a definition finds the same as validating it.

  Scenario: A definition that is right
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: right, version: '1.0.0' }
      do:
        - hello: { set: { text: hello } }
      """
    When the workflow is validated
    Then it should be accepted

  Scenario: A word that is nearly right
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: typo, version: '1.0.0' }
      do:
        - rest:
            wait: PT1S
            tihmeout: { after: PT1M }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_UNKNOWN'
    And the fault should be at line 5, column 7
    And the fault should be at '/do/0/rest/tihmeout'
    And it should suggest 'did you mean timeout?'

  Scenario: An action that does not exist
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: typo, version: '1.0.0' }
      do:
        - find:
            call: aircall.contact.search
            with: { phone_number: '+16175550142' }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_ACTION_UNKNOWN'
    And the fault should be at line 4, column 13
    And the fault should be at '/do/0/find/call'
    And it should suggest 'did you mean aircall.contacts.search?'

  Scenario: An action's input that does not exist
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: typo, version: '1.0.0' }
      do:
        - find:
            call: aircall.contacts.search
            with:
              phone_numbr: '+16175550142'
              email: ines@example.com
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_ACTION_INPUT_INVALID'
    And the fault should be at line 6, column 9
    And the fault should be at '/do/0/find/with/phone_numbr'
    And it should suggest 'did you mean phone_number?'

  Scenario: A task that nobody knows
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: nowhere, version: '1.0.0' }
      do:
        - first: { set: {}, then: thrid }
        - second: { set: {} }
        - third: { set: {} }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_TARGET_UNKNOWN'
    And the fault should be at '/do/0/first/then'
    And it should suggest 'did you mean third?'

  Scenario Outline: A name that is nearly right
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: nearly, version: '1.0.0' }
      use:
        errors: { tooLarge: { type: a, status: 400 } }
        retries: { patiently: { delay: PT1S } }
        timeouts: { short: { after: PT1S } }
        functions: { findPet: { call: http, with: { method: get, endpoint: 'https://shop.example' } } }
        authentications: { shop: { bearer: { token: x } } }
        secrets: [ shop-word ]
      do:
        - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with '<code>'
    And the fault should be at '<place>'
    And it should suggest 'did you mean <meant>?'

    Examples:
      | task                                                              | code                    | place                 | meant     |
      | { raise: { error: tooLarg } }                                     | WORKFLOW_FIELD_INVALID  | /do/0/odd/raise/error | tooLarge  |
      | { try: [ { a: { set: {} } } ], catch: { retry: patently } }       | WORKFLOW_FIELD_INVALID  | /do/0/odd/catch/retry | patiently |
      | { set: {}, timeout: shrot }                                       | WORKFLOW_FIELD_INVALID  | /do/0/odd/timeout     | short     |
      | { call: findPets }                                                | WORKFLOW_ACTION_UNKNOWN | /do/0/odd/call        | findPet   |
      | { call: htpp, with: {} }                                          | WORKFLOW_ACTION_UNKNOWN | /do/0/odd/call        | http      |
      | { call: http, with: { method: get, endpoint: { uri: 'https://shop.example', authentication: sohp } } } | WORKFLOW_FIELD_INVALID | /do/0/odd/with/endpoint/authentication | shop |
      | { call: http, with: { method: get, endpoint: { uri: 'https://shop.example', authentication: { bearer: { use: shop-wrod } } } } } | WORKFLOW_SECRET_UNKNOWN | /do/0/odd/with/endpoint/authentication/bearer/use | shop-word |

  Scenario: What is wrong in `use` is told also where nothing uses it
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: unused, version: '1.0.0' }
      use:
        retries: { never: { delay: soon } }
        errors: { never: { status: 400 } }
      do:
        - fine: { set: {} }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_INVALID'
    And the fault should be at '/use/retries/never/delay'
    And 2 faults should be reported

  Scenario Outline: Catalogues from elsewhere are refused with the reason
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: catalogues, version: '1.0.0' }
      use: { catalogs: { <name>: { endpoint: 'https://functions.example' } } }
      do:
        - fine: { set: {} }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_REFUSED'
    And the fault should be at '/use/catalogs/<name>'
    And the message should mention '<words>'

    Examples:
      | name    | words                                 |
      | global  | must not change with what a server    |
      | default | needs no address                      |

  Scenario: A task of another block
    Given a workflow with tasks:
      """yaml
      - first: { set: {}, then: inside }
      - block: { do: [ { inside: { set: {} } } ] }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_TARGET_UNKNOWN'
    And the message should mention 'stands in another block'

  Scenario: An earlier task that does not exist
    Given a workflow with tasks:
      """yaml
      - greeting: { set: { text: hello } }
      - tell: { set: { text: '${ $steps.greting.output.text }' } }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_STEP_UNKNOWN'
    And the fault should be at '/do/1/tell/set/text'
    And it should suggest 'did you mean greeting?'

  Scenario: All that is wrong is told at once, in the order of the text
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: Scenarios, name: much wrong, version: one }
      do:
        - first: { wait: soon }
        - second: { set: { a: '${ . | }' } }
        - second: { switch: [] }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_FIELD_INVALID'
    And the fault should be at '/document/namespace'
    And 6 faults should be reported

  Scenario: A task that is never reached is a warning
    Given a workflow with tasks:
      """yaml
      - first: { set: {}, then: end }
      - second: { set: {} }
      """
    When the workflow is validated
    Then it should be warned about with 'WORKFLOW_TASK_UNREACHABLE'
    And the fault should be at '/do/1/second'

  Scenario: A circle that nothing leaves is allowed, for it may be meant
    Given a workflow with tasks:
      """yaml
      - first: { wait: PT1H }
      - second: { set: {}, then: first }
      """
    When the workflow is validated
    Then it should be accepted

  Scenario Outline: Tasks that cannot be
    Given a workflow with tasks:
      """yaml
      - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with '<code>'
    And the fault should be at '<place>'
    And the message should mention "<words>"

    Examples:
      | task                                                      | code                        | place                     | words                       |
      | { }                                                       | WORKFLOW_FIELD_INVALID      | /do/0/odd                 | does nothing                |
      | { set: {}, wait: PT1S }                                   | WORKFLOW_FIELD_INVALID      | /do/0/odd                 | several kinds               |
      | { wait: tomorrow }                                        | WORKFLOW_FIELD_INVALID      | /do/0/odd/wait            | ISO 8601                    |
      | { wait: { days: -1 } }                                    | WORKFLOW_FIELD_INVALID      | /do/0/odd/wait/days       | from 0 to                   |
      | { wait: {} }                                              | WORKFLOW_FIELD_INVALID      | /do/0/odd/wait            | empty                       |
      | { set: 7 }                                                | WORKFLOW_FIELD_INVALID      | /do/0/odd/set             | mapping                     |
      | { set: { a: 'Hello ${ .x }' } }                           | WORKFLOW_EXPRESSION_INVALID | /do/0/odd/set/a           | enclose the whole text      |
      | { set: { a: '${ .x \| nosuch }' } }                       | WORKFLOW_EXPRESSION_INVALID | /do/0/odd/set/a           | nosuch                      |
      | { set: { a: '${ .x[ }' } }                                | WORKFLOW_EXPRESSION_INVALID | /do/0/odd/set/a           | jq                          |
      | { if: [ ], set: {} }                                      | WORKFLOW_FIELD_INVALID      | /do/0/odd/if              | jq expression               |
      | { do: [] }                                                | WORKFLOW_FIELD_INVALID      | /do/0/odd/do              | at least one                |
      | { for: { each: x }, do: [ { a: { set: {} } } ] }          | WORKFLOW_FIELD_MISSING      | /do/0/odd/for             | `in`                        |
      | { for: { in: '${ . }' } }                                 | WORKFLOW_FIELD_MISSING      | /do/0/odd                 | `do`                        |
      | { for: { in: '${ . }', each: context }, do: [ { a: { set: {} } } ] } | WORKFLOW_FIELD_INVALID | /do/0/odd/for/each  | names a variable            |
      | { try: [ { a: { set: {} } } ] }                           | WORKFLOW_FIELD_MISSING      | /do/0/odd                 | `catch`                     |
      | { try: [ { a: { set: {} } } ], catch: { retry: never } }  | WORKFLOW_FIELD_INVALID      | /do/0/odd/catch/retry     | use.retries                 |
      | { try: [ { a: { set: {} } } ], catch: { retry: { limit: { attempt: { count: 0 } } } } } | WORKFLOW_FIELD_INVALID | /do/0/odd/catch/retry/limit/attempt/count | from 1 to 1000 |
      | { raise: { error: unheard } }                             | WORKFLOW_FIELD_INVALID      | /do/0/odd/raise/error     | use.errors                  |
      | { raise: { error: { title: No } } }                       | WORKFLOW_FIELD_MISSING      | /do/0/odd/raise/error     | `type`                      |
      | { raise: { error: { type: a, status: high } } }           | WORKFLOW_FIELD_INVALID      | /do/0/odd/raise/error/status | whole number             |
      | { set: {}, timeout: whenever }                            | WORKFLOW_FIELD_INVALID      | /do/0/odd/timeout         | use.timeouts                |
      | { set: {}, timeout: { before: PT1S } }                    | WORKFLOW_FIELD_MISSING      | /do/0/odd/timeout         | `after`                     |
      | { emit: { event: { with: { data: {} } } } }               | WORKFLOW_FIELD_MISSING      | /do/0/odd/emit/event/with | `type`                      |
      | { listen: { to: {} } }                                    | WORKFLOW_FIELD_MISSING      | /do/0/odd/listen/to       | `one`, `any` or `all`       |
      | { listen: { to: { one: { with: { type: a } }, until: '${ true }' } } } | WORKFLOW_FIELD_INVALID | /do/0/odd/listen/to/until | belongs to `any`      |
      | { listen: { to: { one: { with: { type: a } } }, read: half } } | WORKFLOW_FIELD_INVALID | /do/0/odd/listen/read     | data, envelope or raw       |
      | { listen: { to: { one: { with: { type: a }, correlate: { x: {} } } } } } | WORKFLOW_FIELD_MISSING | /do/0/odd/listen/to/one/correlate/x | `from`    |
      | { fork: { branches: [] } }                                | WORKFLOW_FIELD_INVALID      | /do/0/odd/fork/branches   | at least one                |
      | { fork: { compete: maybe, branches: [ { a: { set: {} } } ] } } | WORKFLOW_FIELD_INVALID | /do/0/odd/fork/compete    | true or false               |
      | { switch: [ { a: { when: '${ true }' } } ] }              | WORKFLOW_FIELD_MISSING      | /do/0/odd/switch/0/a      | `then`                      |
      | { switch: [ { a: { then: end } }, { b: { then: end } } ] } | WORKFLOW_FIELD_MISSING     | /do/0/odd/switch/1/b      | `when`                      |
      | { run: { workflow: { name: a } } }                        | WORKFLOW_FIELD_MISSING      | /do/0/odd/run/workflow    | `namespace`                 |
      | { set: {}, input: { schema: { document: { type: 7 } } } } | WORKFLOW_FIELD_INVALID      | /do/0/odd/input/schema/document | JSON Schema              |
      | { set: {}, metadata: { switchboard: { lane: fast } } }    | WORKFLOW_FIELD_INVALID      | /do/0/odd/metadata/switchboard/lane | interactive, live   |

  Scenario Outline: What is refused for good says why
    Given a workflow with tasks:
      """yaml
      - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_REFUSED'
    And the message should mention '<words>'

    Examples:
      | task                                              | words                  |
      | { run: { shell: { command: ls } } }               | may not start programs |
      | { run: { container: { image: alpine } } }         | may not start programs |
      | { run: { script: { language: js, code: '1' } } }  | may not start programs |
      | { call: asyncapi, with: {} }                      | integration profile    |
      | { call: mcp, with: {} }                           | integration profile    |
      | { call: a2a, with: {} }                           | integration profile    |

  Scenario Outline: The document itself
    Given a workflow with definition:
      """yaml
      document: <document>
      do: [ { fine: { set: {} } } ]
      """
    When the workflow is validated
    Then it should be refused with '<code>'
    And the fault should be at '<place>'

    Examples:
      | document                                                        | code                   | place               |
      | { dsl: '2.0.0', namespace: a, name: b, version: '1.0.0' }       | WORKFLOW_FIELD_INVALID | /document/dsl       |
      | { dsl: '1.0.3', namespace: A B, name: b, version: '1.0.0' }     | WORKFLOW_FIELD_INVALID | /document/namespace |
      | { dsl: '1.0.3', namespace: a, name: -b, version: '1.0.0' }      | WORKFLOW_FIELD_INVALID | /document/name      |
      | { dsl: '1.0.3', namespace: a, name: b, version: '1' }           | WORKFLOW_FIELD_INVALID | /document/version   |
      | { dsl: '1.0.3', namespace: a, name: b }                         | WORKFLOW_FIELD_MISSING | /document           |
      | { dsl: '1.0.3', namespace: a, name: b, version: 1.0 }           | WORKFLOW_FIELD_INVALID | /document/version   |
      | { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0', x: 1 } | WORKFLOW_FIELD_UNKNOWN | /document/x         |

  Scenario: Another text under a version that is deployed
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: immutable, version: '1.0.0' }
      do: [ { say: { set: { text: first } } } ]
      """
    Then deploying this should be refused with 'WORKFLOW_VERSION_EXISTS':
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: immutable, version: '1.0.0' }
      do: [ { say: { set: { text: second } } } ]
      """

  Scenario: The same text again is the same version
    Given another workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: twice, version: '1.0.0' }
      do: [ { say: { set: { text: first } } } ]
      """
    Then deploying this should give the same version:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: twice, version: '1.0.0' }
      do: [ { say: { set: { text: first } } } ]
      """
