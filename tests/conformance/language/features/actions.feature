Feature: Calls of actions
  As an author of workflows
  I want to use what a provider can do as a task
  So that I need not know its API

  The account of these scenarios is one at the sandbox of Aircall.

  Scenario: An action's output is the task's own
    Given a workflow with tasks:
      """yaml
      - company: { call: aircall.company.get }
      - tell: { set: { name: '${ .name }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: Harbour Lamps
      """
    And the task company should have been tried once

  Scenario: An action's version can be pinned
    Given a workflow with tasks:
      """yaml
      - company: { call: 'aircall.company.get:1.0.0@default', output: { as: '${ { name } }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: Harbour Lamps
      """

  Scenario: A function is an action with some of its input filled in
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: function, version: '1.0.0' }
      use:
        functions:
          findTom: { call: aircall.contacts.search, with: { email: '${ .address }', per_page: 5 } }
      do:
        - find: { call: findTom }
        - tell: { set: { found: '${ .contacts | length }' } }
      """
    And given the workflow input is:
      """yaml
      address: nobody@example.com
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      found: 0
      """
    And the task find should have the input:
      """yaml
      email: nobody@example.com
      per_page: 5
      """

  Scenario: What the provider refuses can be caught by its status
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { look: { call: aircall.calls.get, with: { call_id: 4190009999 } } } ]
          catch:
            errors: { with: { type: https://serverlessworkflow.io/spec/1.0.0/errors/communication, status: 404 } }
            do: [ { tell: { set: { found: false, where: '${ $error.instance }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      found: false
      where: /do/0/attempt/try/0/look
      """
    And the task look should have been tried once

  Scenario: What the provider refuses fails the run when nobody catches it
    Given a workflow with tasks:
      """yaml
      - look: { call: aircall.calls.get, with: { call_id: 4190009999 } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status   | 404               |
      | title    | AIRCALL_NOT_FOUND |
      | instance | /do/0/look        |

  Scenario: A computed input must fit the action, too
    Given a workflow with tasks:
      """yaml
      - look: { call: aircall.calls.get, with: { call_id: '${ .id }' } }
      """
    And given the workflow input is:
      """yaml
      id: not a number
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type   | https://serverlessworkflow.io/spec/1.0.0/errors/validation |
      | title  | ACTION_INPUT_INVALID                                       |

  Scenario: A provider that stumbles is asked again
    Given Aircall answers the next 2 requests of 'GET /v1/company' with status 503
    And a workflow with tasks:
      """yaml
      - company: { call: aircall.company.get, output: { as: '${ { name } }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      name: Harbour Lamps
      """
    And the task company should have been tried 3 times

  Scenario: A write of which the answer was lost is looked up, and done once
    Given there is a call at Aircall
    And Aircall loses the answer to the next 1 request of 'POST /v1/calls/\d+/comments'
    And a workflow with tasks:
      """yaml
      - note: { call: aircall.calls.comment, with: { call_id: '${ .call }', content: '${ .text }' } }
      - look: { call: aircall.calls.get, with: { call_id: '${ $workflow.input.call }' } }
      - tell: { set: { notes: '${ [.comments[].content] }' } }
      """
    And given the workflow input is that call and:
      """yaml
      text: Asked for a call back
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      notes: [ Asked for a call back ]
      """

  Scenario: A write that is tried by the workflow's own retry happens once for each success
    Given Aircall answers the next 1 request of 'POST /v1/tags' with status 422
    And a workflow with tasks:
      """yaml
      - attempt:
          try: [ { make: { call: aircall.tags.create, with: { name: Scenario, color: '#00b388' } } } ]
          catch: { retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 2 } } } }
      - list: { call: aircall.tags.list }
      - tell: { set: { tags: '${ [.tags[] | select(.name == "Scenario")] | length }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      tags: 1
      """
    And make should run 2 times

  Scenario: A credential that is refused parks the run
    Given Aircall answers the next 1 request of 'GET /v1/teams' with status 401
    And Aircall answers the next 1 request of 'GET /v1/ping' with status 401
    And a workflow with tasks:
      """yaml
      - teams: { call: aircall.teams.list, output: { as: '${ { done: true } }' } }
      """
    When the workflow is executed
    Then the workflow should be parked with 'ACCOUNT_NEEDS_REAUTH'
    When the account is connected again
    Then the workflow should go on and complete with output:
      """yaml
      done: true
      """
