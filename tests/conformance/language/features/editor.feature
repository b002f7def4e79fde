Feature: Definitions in an editor
  As an author of workflows
  I want my editor to know the language and the actions
  So that I am told while I type

  Every definition that any scenario deploys is also checked to fit the schema.

  Scenario: What is documented and what is shipped
    Given every definition of the documentation and those that are shipped
    Then the server and an editor should accept them all

  Scenario Outline: What is wrong in its shape
    Given a workflow with tasks:
      """yaml
      - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with '<code>'
    And an editor should see that it is wrong

    Examples:
      | task                                                                                      | code                          |
      | { }                                                                                       | WORKFLOW_FIELD_INVALID        |
      | { set: {}, wait: PT1S }                                                                   | WORKFLOW_FIELD_INVALID        |
      | { set: {}, tihmeout: { after: PT1S } }                                                    | WORKFLOW_FIELD_UNKNOWN        |
      | { set: 7 }                                                                                | WORKFLOW_FIELD_INVALID        |
      | { wait: tomorrow }                                                                        | WORKFLOW_FIELD_INVALID        |
      | { wait: { days: -1 } }                                                                    | WORKFLOW_FIELD_INVALID        |
      | { wait: {} }                                                                              | WORKFLOW_FIELD_INVALID        |
      | { if: [ ], set: {} }                                                                      | WORKFLOW_FIELD_INVALID        |
      | { do: [] }                                                                                | WORKFLOW_FIELD_INVALID        |
      | { do: [ { exit: { set: {} } } ] }                                                         | WORKFLOW_FIELD_INVALID        |
      | { for: { each: x }, do: [ { a: { set: {} } } ] }                                          | WORKFLOW_FIELD_MISSING        |
      | { for: { in: '${ . }' } }                                                                 | WORKFLOW_FIELD_MISSING        |
      | { for: { in: '${ . }', each: context }, do: [ { a: { set: {} } } ] }                      | WORKFLOW_FIELD_INVALID        |
      | { try: [ { a: { set: {} } } ] }                                                           | WORKFLOW_FIELD_MISSING        |
      | { try: [ { a: { set: {} } } ], catch: { retry: { limit: { attempt: { count: 0 } } } } }   | WORKFLOW_FIELD_INVALID        |
      | { try: [ { a: { set: {} } } ], catch: { retry: { dealy: PT1S } } }                        | WORKFLOW_FIELD_UNKNOWN        |
      | { raise: { error: { title: No } } }                                                       | WORKFLOW_FIELD_MISSING        |
      | { raise: { error: { type: a, status: high } } }                                           | WORKFLOW_FIELD_INVALID        |
      | { set: {}, timeout: { before: PT1S } }                                                    | WORKFLOW_FIELD_MISSING        |
      | { emit: { event: { with: { data: {} } } } }                                               | WORKFLOW_FIELD_MISSING        |
      | { listen: { to: {} } }                                                                    | WORKFLOW_FIELD_MISSING        |
      | { listen: { to: { one: { with: { type: a } }, until: '${ true }' } } }                    | WORKFLOW_FIELD_INVALID        |
      | { listen: { to: { one: { with: { type: a } } }, read: half } }                            | WORKFLOW_FIELD_INVALID        |
      | { listen: { to: { one: { with: { type: a }, correlate: { x: {} } } } } }                  | WORKFLOW_FIELD_MISSING        |
      | { fork: { branches: [] } }                                                                | WORKFLOW_FIELD_INVALID        |
      | { fork: { compete: maybe, branches: [ { a: { set: {} } } ] } }                            | WORKFLOW_FIELD_INVALID        |
      | { switch: [ { a: { when: '${ true }' } } ] }                                              | WORKFLOW_FIELD_MISSING        |
      | { run: { workflow: { name: a } } }                                                        | WORKFLOW_FIELD_MISSING        |
      | { run: { shell: { command: ls } } }                                                       | WORKFLOW_REFUSED              |
      | { call: mcp, with: {} }                                                                   | WORKFLOW_REFUSED              |
      | { set: {}, metadata: { switchboard: { lane: fast } } }                                    | WORKFLOW_FIELD_INVALID        |
      | { set: {}, metadata: { switchboard: { attempts: 0 } } }                                   | WORKFLOW_FIELD_INVALID        |
      | { set: {}, metadata: { switchboard: { timezone: Europe/Paris } } }                        | WORKFLOW_FIELD_UNKNOWN        |
      | { call: http, with: { method: fetch, endpoint: 'https://shop.example' } }                 | WORKFLOW_FIELD_INVALID        |
      | { call: http, with: { method: get } }                                                     | WORKFLOW_FIELD_MISSING        |
      | { call: aircall.contacts.find, with: { phone_number: '1' } }                              | WORKFLOW_ACTION_UNKNOWN       |
      | { call: aircall.contacts.search, with: { phone_numbr: '1' } }                             | WORKFLOW_ACTION_INPUT_INVALID |
      | { call: aircall.calls.comment, with: { call_id: seven, content: hello } }                 | WORKFLOW_ACTION_INPUT_INVALID |
      | { call: aircall.calls.comment }                                                           | WORKFLOW_ACTION_INPUT_INVALID |

  Scenario Outline: What is wrong around the tasks
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: odd, version: '1.0.0' }
      <part>
      do: [ { fine: { set: {} } } ]
      """
    When the workflow is validated
    Then it should be refused with '<code>'
    And an editor should see that it is wrong

    Examples:
      | part                                                                             | code                          |
      | schedule: { evry: PT1M }                                                         | WORKFLOW_FIELD_UNKNOWN        |
      | schedule: { every: PT1M, after: PT1M }                                           | WORKFLOW_FIELD_INVALID        |
      | schedule: { on: { all: [] } }                                                    | WORKFLOW_FIELD_INVALID        |
      | schedule: { on: { all: [ { with: {} } ] } }                                      | WORKFLOW_FIELD_MISSING        |
      | schedule: { on: { one: { with: { type: a } }, until: '${ true }' } }             | WORKFLOW_FIELD_INVALID        |
      | use: { retries: { a: { limit: { atempt: {} } } } }                               | WORKFLOW_FIELD_UNKNOWN        |
      | use: { errors: { a: { title: no } } }                                            | WORKFLOW_FIELD_MISSING        |
      | use: { timeouts: { a: { before: PT1S } } }                                       | WORKFLOW_FIELD_MISSING        |
      | use: { functions: { a: { call: aircall.contacts.find } } }                       | WORKFLOW_ACTION_UNKNOWN       |
      | use: { functions: { a.b: { call: aircall.company.get } } }                       | WORKFLOW_FIELD_INVALID        |
      | use: { catalogs: { other: { endpoint: 'https://other.example' } } }              | WORKFLOW_REFUSED              |
      | use: { extensions: [ { log: { extend: everything, before: [ { a: { set: {} } } ] } } ] } | WORKFLOW_FIELD_INVALID |
      | use: { extensions: [ { log: { extend: all } } ] }                                | WORKFLOW_FIELD_MISSING        |
      | use: { authentications: { a: { basic: { username: ines } } } }                   | WORKFLOW_FIELD_MISSING        |
      | timeout: { after: later }                                                        | WORKFLOW_FIELD_INVALID        |
      | evaluate: { language: js }                                                       | WORKFLOW_FIELD_INVALID        |
