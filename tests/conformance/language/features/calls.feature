Feature: HTTP calls
  As an author of workflows
  I want to ask any service that speaks HTTP
  So that a workflow can do what no connector offers

  Scenario: What the service answers is the task's output
    Given a workflow with tasks:
      """yaml
      - order: { call: http, with: { method: get, endpoint: 'https://shop.example/orders/17' } }
      - tell: { set: { what: '${ .what }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      what: tea
      """

  Scenario: An address has room for what flows in
    Given a workflow with tasks:
      """yaml
      - look:
          call: http
          with: { method: get, endpoint: { uri: 'https://shop.example/echo/{who}/{what}' } }
          output: { as: '${ .path }' }
      """
    And given the workflow input is:
      """yaml
      { who: Tom & Ines, what: a/b }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      /echo/Tom%20%26%20Ines/a%2Fb
      """

  Scenario: An address can be computed
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: '${ "https://shop.example/orders/\(.id)" }' }, output: { as: '${ .what }' } }
      """
    And given the workflow input is:
      """yaml
      id: 17
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      tea
      """

  Scenario: Query, headers and body
    Given a workflow with tasks:
      """yaml
      - send:
          call: http
          with:
            method: put
            endpoint: https://shop.example/echo
            query: { page: 2, word: '${ .word }' }
            headers: { X-Story: '${ "once " + .word }' }
            body: { said: '${ .word }' }
          output: { as: '${ { method, query, story: .headers.story, body: (.body | fromjson) } }' }
      """
    And given the workflow input is:
      """yaml
      word: upon & a time
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      method: PUT
      query: { page: '2', word: upon & a time }
      story: once upon & a time
      body: { said: upon & a time }
      """

  Scenario Outline: What is not JSON
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: 'https://shop.example/<page>' }, output: { as: '${ { given: . } }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      given: <given>
      """

    Examples:
      | page  | given      |
      | text  | just words |
      | bytes | AP8B       |

  Scenario: The whole response
    Given a workflow with tasks:
      """yaml
      - look:
          call: http
          with: { method: get, endpoint: 'https://shop.example/orders/17', output: response }
          output: { as: '${ { status: .statusCode, what: .content.what, method: .request.method, uri: .request.uri } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      { status: 200, what: tea, method: GET, uri: 'https://shop.example/orders/17' }
      """

  Scenario Outline: A status that is no success is an error with that status
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: 'https://shop.example/<page>' } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/communication |
      | status   | <status>                                                      |
      | instance | /do/0/look                                                    |

    Examples:
      | page       | status |
      | orders/99  | 404    |
      | status/410 | 410    |
      | moved      | 302    |

  Scenario: A redirect can be the answer
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: 'https://shop.example/moved', redirect: true, output: response }, output: { as: '${ { status: .statusCode } }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      status: 302
      """

  Scenario: A service that stumbles is asked again
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: 'https://shop.example/stumbles/1/again' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      asked: 2
      """
    And the task look should have been tried 2 times

  Scenario: Exactly one place retries
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { look: { call: http, with: { method: get, endpoint: 'https://shop.example/status/503' } } } ]
          catch:
            retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 3 } } }
            do: [ { tell: { set: { gaveUp: '${ $error.status }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      gaveUp: 503
      """
    And look should run 3 times
    And the task look should have been tried once

  Scenario: A call may say how often it is tried
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - look:
                call: http
                with: { method: get, endpoint: 'https://shop.example/stumbles/1/attempts' }
                metadata: { switchboard: { attempts: 2 } }
          catch: { retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 3 } } } }
      - other: { call: http, with: { method: get, endpoint: 'https://shop.example/status/503' }, metadata: { switchboard: { attempts: 1 } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status | 503 |
    And look should run once
    And the task look should have been tried 2 times
    And the task other should have been tried once

  Scenario: A service that says no is not asked again, unless the workflow wants to
    Given a workflow with tasks:
      """yaml
      - attempt:
          try: [ { look: { call: http, with: { method: get, endpoint: 'https://shop.example/status/409' } } } ]
          catch:
            errors: { with: { status: 409 } }
            retry: { delay: { milliseconds: 1 }, limit: { attempt: { count: 2 } } }
            do: [ { tell: { set: { gaveUp: '${ $error.status }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      gaveUp: 409
      """
    And look should run 2 times
    And the task look should have been tried once

  Scenario: A request that creates something is known by its key when it is repeated
    Given a workflow with tasks:
      """yaml
      - order:
          call: http
          with: { method: post, endpoint: 'https://shop.example/echo', body: { what: tea } }
          metadata: { switchboard: { idempotency_key: true } }
          output: { as: '${ { method, hasKey: (.headers.key | length > 10) } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      { method: POST, hasKey: true }
      """

  Scenario Outline: Who asks is told in the way that the service wants
    Given a workflow with tasks:
      """yaml
      - enter: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/<page>', authentication: <authentication> } } }
      """
    And given the workflow input is:
      """yaml
      word: open sesame
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      welcome: <page>
      """

    Examples:
      | page   | authentication                                        |
      | bearer | { bearer: { token: '${ .word }' } }                   |
      | bearer | { oauth2: { authority: 'https://shop.example', endpoints: { token: /token }, grant: client_credentials, client: { id: workflows, secret: '${ .word }' } } } |

  Scenario: A wrong password is an error, too
    Given a workflow with tasks:
      """yaml
      - enter: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/basic', authentication: { basic: { username: ines, password: wrong } } } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status   | 401         |
      | instance | /do/0/enter |

  Scenario: An authentication is shared by name
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: shared-authentication, version: '1.0.0' }
      use: { authentications: { shop: { basic: { username: ines, password: open sesame } } } }
      do:
        - enter: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/basic', authentication: { use: shop } } } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      welcome: ines
      """

  # ---- Services that describe themselves ----

  Scenario: An operation of a described service
    Given a workflow with tasks:
      """yaml
      - look:
          call: openapi
          with: { document: { endpoint: 'https://shop.example/openapi.json' }, operationId: getOrder, parameters: { id: '${ .id }' } }
          output: { as: '${ .what }' }
      """
    And given the workflow input is:
      """yaml
      id: 17
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      tea
      """

  Scenario: Parameters go where the description says, and the rest is the body
    Given a workflow with tasks:
      """yaml
      - send:
          call: openapi
          with:
            document: { endpoint: 'https://shop.example/openapi.json' }
            operationId: say
            parameters: { loud: true, X-Story: once, word: hello }
          output: { as: '${ { method, query, story: .headers.story, body: (.body | fromjson) } }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      { method: PUT, query: { loud: 'true' }, story: once, body: { word: hello } }
      """

  Scenario Outline: What the description does not know
    Given a workflow with tasks:
      """yaml
      - look: { call: openapi, with: { document: { endpoint: 'https://shop.example/<document>' }, operationId: <operation>, parameters: <parameters> } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | <title>    |
      | instance | /do/0/look |

    Examples:
      | document     | operation | parameters         | title                     |
      | openapi.json | getOrders | { id: 17 }         | OPENAPI_OPERATION_UNKNOWN |
      | openapi.json | getOrder  | { }                | OPENAPI_PARAMETER_MISSING |
      | openapi.json | getOrder  | { id: 17, odd: 1 } | OPENAPI_PARAMETER_UNKNOWN |
      | orders/17    | getOrder  | { id: 17 }         | OPENAPI_DOCUMENT_INVALID  |

  Scenario: An answer that calls itself JSON and is none
    Given a workflow with tasks:
      """yaml
      - look: { call: http, with: { method: get, endpoint: 'https://shop.example/broken' } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | HTTP_BODY_UNREADABLE |
      | instance | /do/0/look           |
