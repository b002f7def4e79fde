Feature: Retry
  As an author of workflows
  I want what failed to be tried again, so often and so late as I say
  So that what passes by itself needs nobody's attention

  The tasks of these scenarios count their tries in the context, and fail until the third.

  Scenario: The third try succeeds
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - count:
                set: { done: '${ ($context.done // 0) + 1 }' }
                export: { as: . }
            - unlucky:
                if: ${ $context.done < 3 }
                raise: { error: { type: https://example.com/unlucky, status: 503 } }
          catch:
            retry: { limit: { attempt: { count: 5 } } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      done: 3
      """
    And count should run 3 times
    And unlucky should run 3 times

  Scenario Outline: The pauses between tries grow as the backoff says
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry:
              delay: { milliseconds: 10 }
              backoff: <backoff>
              limit: { attempt: { count: 5 } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      gaveUp: true
      """
    And attempt should have paused for <pauses> milliseconds
    And unlucky should run 5 times

    Examples:
      | backoff             | pauses         |
      | { constant: {} }    | 10, 10, 10, 10 |
      | { linear: {} }      | 10, 20, 30, 40 |
      | { exponential: {} } | 10, 20, 40, 80 |

  Scenario: Without a backoff all pauses are alike
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry: { delay: PT0.015S, limit: { attempt: { count: 3 } } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And attempt should have paused for 15, 15 milliseconds

  Scenario: Jitter spreads the pauses within its bounds
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry:
              delay: { milliseconds: 10 }
              jitter: { from: { milliseconds: 20 }, to: { milliseconds: 40 } }
              limit: { attempt: { count: 4 } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And attempt should have paused 3 times for 30 to 50 milliseconds

  Scenario: Without a delay the next try follows at once
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry: { limit: { attempt: { count: 3 } } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And attempt should not have paused
    And unlucky should run 3 times

  Scenario: Tries that came to nothing fail with the last error when nobody handles it
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - count:
                set: { done: '${ ($context.done // 0) + 1 }' }
                export: { as: . }
            - unlucky:
                raise: { error: { type: https://example.com/unlucky, status: 503, title: '${ "try \($context.done)" }' } }
          catch:
            retry: { limit: { attempt: { count: 3 } } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/unlucky
      status: 503
      title: try 3
      instance: /do/0/attempt/try/1/unlucky
      """

  Scenario: A limit of one try is no retry
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry: { delay: PT1H, limit: { attempt: { count: 1 } } }
      """
    When the workflow is executed
    Then the workflow should fault
    And unlucky should run once

  Scenario: No try begins that would be later than the limit of the whole
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry: { delay: PT2H, limit: { duration: PT1H } }
            do:
              - gaveUp: { set: { gaveUp: '${ $error.status }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      gaveUp: 503
      """
    And unlucky should run once

  Scenario: A try that takes too long is given up, and the next begins
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - stuck: { wait: PT1H }
          catch:
            retry: { limit: { attempt: { count: 2, duration: { milliseconds: 20 } } } }
            do:
              - gaveUp: { set: { status: '${ $error.status }', type: '${ $error.type }' } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      status: 408
      type: https://serverlessworkflow.io/spec/1.0.0/errors/timeout
      """
    And stuck should run 2 times
    And the task stuck should be given up

  Scenario: A retry policy can be shared by name
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: shared-retry, version: '1.0.0' }
      use:
        retries:
          patiently: { delay: { milliseconds: 5 }, backoff: { linear: {} }, limit: { attempt: { count: 3 } } }
      do:
        - one:
            try:
              - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
            catch: { retry: patiently, do: [ { next: { set: {} } } ] }
        - two:
            try:
              - unluckyToo: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
            catch: { retry: patiently, do: [ { done: { set: { gaveUp: twice } } } ] }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      gaveUp: twice
      """
    And one should have paused for 5, 10 milliseconds
    And two should have paused for 5, 10 milliseconds

  Scenario Outline: Only errors that the policy wants are tried again
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: <status> } } }
          catch:
            as: problem
            retry: { <rule>, limit: { attempt: { count: 3 } } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And unlucky should run <tries>

    Examples:
      | rule                                   | status | tries   |
      | when: '${ $problem.status >= 500 }'    | 503    | 3 times |
      | when: '${ $problem.status >= 500 }'    | 404    | once    |
      | exceptWhen: '${ $problem.status < 500 }' | 503  | 3 times |
      | exceptWhen: '${ $problem.status < 500 }' | 404  | once    |

  Scenario: An error that is not caught is not tried again
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 404 } } }
          catch:
            errors: { with: { status: 503 } }
            retry: { limit: { attempt: { count: 3 } } }
      """
    When the workflow is executed
    Then the workflow should fault with error:
      """yaml
      type: https://example.com/unlucky
      status: 404
      instance: /do/0/attempt/try/0/unlucky
      """
    And unlucky should run once

  Scenario: An inner retry that gave up counts as one failure of the outer
    Given a workflow with tasks:
      """yaml
      - outer:
          try:
            - inner:
                try:
                  - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
                catch: { retry: { limit: { attempt: { count: 3 } } } }
          catch:
            retry: { limit: { attempt: { count: 2 } } }
            do:
              - gaveUp: { set: { gaveUp: true } }
      """
    When the workflow is executed
    Then the workflow should complete
    And inner should run 2 times
    And unlucky should run 6 times

  Scenario: A handler that fails is not tried again
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - unlucky: { raise: { error: { type: https://example.com/unlucky, status: 503 } } }
          catch:
            retry: { limit: { attempt: { count: 2 } } }
            do:
              - clumsy: { raise: { error: { type: https://example.com/clumsy, status: 500 } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://example.com/clumsy     |
      | instance | /do/0/attempt/catch/do/0/clumsy |
    And unlucky should run 2 times
    And clumsy should run once

  Scenario: Every try begins with what flowed into the block
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - grow:
                set: { list: '${ (.list // []) + ["again"] }' }
                export: { as: '${ { tries: (($context.tries // 0) + 1), list: .list } }' }
            - unlucky:
                if: ${ $context.tries < 3 }
                raise: { error: { type: https://example.com/unlucky, status: 503 } }
          catch: { retry: { limit: { attempt: { count: 3 } } } }
      """
    And given the workflow input is:
      """yaml
      list: [ first ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      list: [ first, again ]
      """
