Feature: Secrets
  As an author of workflows
  I want to use passwords and tokens that I never see
  So that a definition can be read by everybody

  Background:
    Given the secret 'shop_word' of the tenant is:
      """
      open sesame
      """

  Scenario: A token
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-token, version: '1.0.0' }
      use: { secrets: [ shop_word ] }
      do:
        - enter:
            call: http
            with: { method: get, endpoint: { uri: 'https://shop.example/bearer', authentication: { bearer: { token: '${ $secrets.shop_word }' } } } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      welcome: bearer
      """
    And nothing that the run shows should hold 'open sesame'

  Scenario: A name with dashes and dots
    Given the secret 'shop-word.v2' of the tenant is:
      """
      open sesame
      """
    And a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-dashes, version: '1.0.0' }
      use: { secrets: [ shop-word.v2 ] }
      do:
        - enter:
            call: http
            with: { method: get, endpoint: { uri: 'https://shop.example/bearer', authentication: { bearer: { token: '${ $secrets["shop-word.v2"] }' } } } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      welcome: bearer
      """

  Scenario: A service that wants it in a header of its own
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-header, version: '1.0.0' }
      use: { secrets: [ shop_word ] }
      do:
        - enter:
            call: http
            with:
              method: get
              endpoint: { uri: 'https://shop.example/knows-header/x-word', authentication: { bearer: { token: '${ $secrets.shop_word }' } } }
              headers: { X-Word: '${ $authorization.scheme + " " + $authorization.parameter }' }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      known: true
      """
    And nothing that the run shows should hold 'open sesame'

  Scenario Outline: $authorization is for headers that an authentication stands behind
    Given a workflow with tasks:
      """yaml
      - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_EXPRESSION_INVALID'

    Examples:
      | task                                                                                                                |
      | { set: { a: '${ $authorization.parameter }' } }                                                                     |
      | { call: http, with: { method: get, endpoint: 'https://shop.example/echo', headers: { X-A: '${ $authorization.parameter }' } } } |
      | { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/echo', authentication: { bearer: { token: x } } }, query: { a: '${ $authorization.parameter }' } } } |
      | { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/echo', authentication: { digest: { username: a, password: b } } }, headers: { X-A: '${ $authorization.parameter }' } } } |
      | { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/echo', authentication: { bearer: { token: x } } }, headers: { X-A: '${ $authorization.parameter + .x + $input }' } } } |

  Scenario: A user and password, as one secret
    Given the secret 'shop-login' of the tenant is:
      """
      { "username": "ines", "password": "open sesame" }
      """
    And a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-login, version: '1.0.0' }
      use: { secrets: [ shop-login ], authentications: { shop: { basic: { use: shop-login } } } }
      do:
        - enter: { call: http, with: { method: get, endpoint: { uri: 'https://shop.example/basic', authentication: shop } } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      welcome: ines
      """
    And nothing that the run shows should hold 'open sesame'

  Scenario: A secret that is replaced is used from then on
    Given the secret 'changing' of the tenant is:
      """
      wrong
      """
    And a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-change, version: '1.0.0' }
      use: { secrets: [ changing ] }
      do:
        - enter:
            call: http
            with: { method: get, endpoint: { uri: 'https://shop.example/bearer', authentication: { bearer: { token: '${ $secrets.changing }' } } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status | 401 |
    Given the secret 'changing' of the tenant is:
      """
      open sesame
      """
    When the workflow is executed
    Then the workflow should complete

  Scenario: A secret that the tenant does not have
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-missing, version: '1.0.0' }
      use: { secrets: [ nobodys ] }
      do:
        - enter:
            call: http
            with: { method: get, endpoint: { uri: 'https://shop.example/bearer', authentication: { bearer: { token: '${ $secrets.nobodys }' } } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | SECRET_NOT_FOUND |
      | instance | /do/0/enter      |

  Scenario: A secret of another tenant is none
    Given the secret 'elsewhere' of another tenant is:
      """
      open sesame
      """
    And a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-elsewhere, version: '1.0.0' }
      use: { secrets: [ elsewhere ] }
      do:
        - enter:
            call: http
            with: { method: get, endpoint: { uri: 'https://shop.example/bearer', authentication: { bearer: { token: '${ $secrets.elsewhere }' } } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title | SECRET_NOT_FOUND |

  Scenario: A secret that the definition does not list
    Given a workflow with tasks:
      """yaml
      - enter:
          call: http
          with: { method: get, endpoint: { uri: 'https://shop.example/basic', authentication: { basic: { use: shop_word } } } }
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_SECRET_UNKNOWN'

  Scenario Outline: Nothing but an authentication sees a secret
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: secret-seen, version: '1.0.0' }
      use: { secrets: [ shop_word ] }
      do:
        - odd: <task>
      """
    When the workflow is validated
    Then it should be refused with 'WORKFLOW_EXPRESSION_INVALID'

    Examples:
      | task                                                                                                             |
      | { set: { a: '${ $secrets.shop_word }' } }                                                                      |
      | { set: {}, output: { as: '${ $secrets }' } }                                                                     |
      | { if: '${ $secrets.shop_word == "x" }', set: {} }                                                              |
      | { call: http, with: { method: get, endpoint: 'https://shop.example/echo', query: { a: '${ $secrets.shop_word }' } } } |
      | { raise: { error: { type: a, status: 400, title: '${ $secrets.shop_word }' } } }                               |
