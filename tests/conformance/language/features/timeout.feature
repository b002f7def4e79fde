Feature: Time limits
  As an author of workflows
  I want to limit how long something may take
  So that what hangs does not hang for ever

  Scenario: A task that takes too long fails the run
    Given a workflow with tasks:
      """yaml
      - slow: { wait: PT1H, timeout: { after: { milliseconds: 10 } } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/timeout |
      | status   | 408                                                     |
      | instance | /do/0/slow                                              |

  Scenario: A task that is quick enough is not disturbed
    Given a workflow with tasks:
      """yaml
      - quick: { set: { done: true }, timeout: { after: PT1H } }
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      done: true
      """

  Scenario: A block that takes too long gives up everything inside of it
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - block:
                do:
                  - quick: { set: {} }
                  - slow: { wait: PT1H }
                timeout: { after: PT0.02S }
          catch:
            do: [ { tell: { set: { where: '${ $error.instance }' } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      where: /do/0/attempt/try/0/block
      """
    And the task quick should complete
    And the task slow should be given up

  Scenario: The whole run has a limit
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: run-limit, version: '1.0.0' }
      timeout: { after: { milliseconds: 20 } }
      do:
        - attempt:
            try:
              - slow: { wait: PT1H }
            catch:
              do: [ { never: { set: {} } } ]
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type   | https://serverlessworkflow.io/spec/1.0.0/errors/timeout |
      | status | 408                                                     |
    And the task slow should be given up
    And never should not run

  Scenario: A limit can be shared by name
    Given a workflow with definition:
      """yaml
      document: { dsl: '1.0.3', namespace: scenarios, name: named-limit, version: '1.0.0' }
      use: { timeouts: { short: { after: { milliseconds: 10 } } } }
      do:
        - slow: { wait: PT1H, timeout: short }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status   | 408        |
      | instance | /do/0/slow |

  Scenario: A limit can be computed
    Given a workflow with tasks:
      """yaml
      - slow: { wait: PT1H, timeout: { after: '${ "PT\(.seconds)S" }' } }
      """
    And given the workflow input is:
      """yaml
      seconds: 0.01
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | status | 408 |

  Scenario: A limit that is no duration fails the task
    Given a workflow with tasks:
      """yaml
      - slow: { wait: PT1H, timeout: { after: '${ .never }' } }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | title    | DURATION_INVALID |
      | instance | /do/0/slow       |

  Scenario: The innermost limit that passes is the one that is told
    Given a workflow with tasks:
      """yaml
      - outer:
          do:
            - inner: { wait: PT1H, timeout: { after: { milliseconds: 10 } } }
          timeout: { after: PT1H }
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | instance | /do/0/outer/do/0/inner |

  Scenario: Nobody listens for longer than the limit
    Given a workflow with tasks:
      """yaml
      - attempt:
          try:
            - silence:
                listen: { to: { one: { with: { type: com.example.never } } } }
                timeout: { after: { milliseconds: 20 } }
          catch:
            errors: { with: { status: 408 } }
            do: [ { tell: { set: { heard: nothing } } } ]
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      heard: nothing
      """

  Scenario: A limit in each round begins anew
    Given a workflow with tasks:
      """yaml
      - loop:
          for: { each: number, in: '${ [1, 2, 3] }' }
          do:
            - attempt:
                try:
                  - slow: { wait: PT1H, timeout: { after: { milliseconds: 10 } } }
                catch: {}
      """
    When the workflow is executed
    Then the workflow should complete
    And slow should run 3 times
