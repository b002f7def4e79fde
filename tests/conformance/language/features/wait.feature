Feature: Wait
  As an author of workflows
  I want a run to stand still for a while
  So that the world can catch up

  Scenario Outline: A duration is written in parts, as ISO 8601, or computed
    Given a workflow with tasks:
      """yaml
      - rest: { wait: <duration> }
      """
    When the workflow is executed
    Then the workflow should complete
    And rest should have paused for <pause> milliseconds

    Examples:
      | duration                          | pause |
      | { milliseconds: 12 }              | 12    |
      | PT0.012S                          | 12    |
      | '${ "PT0.012S" }'                 | 12    |
      | { seconds: 0, milliseconds: 1 }   | 1     |

  Scenario: What flows in flows out
    Given a workflow with tasks:
      """yaml
      - rest: { wait: { milliseconds: 1 } }
      """
    And given the workflow input is:
      """yaml
      kept: true
      """
    When the workflow is executed
    Then the workflow should complete with output:
      """yaml
      kept: true
      """

  Scenario: No time at all is over at once
    Given a workflow with tasks:
      """yaml
      - rest: { wait: PT0S }
      """
    When the workflow is executed
    Then the workflow should complete
    And rest should have paused for 0 milliseconds

  Scenario: Waits follow each other
    Given a workflow with tasks:
      """yaml
      - first: { wait: { milliseconds: 2 } }
      - second: { wait: { milliseconds: 3 } }
      """
    When the workflow is executed
    Then the workflow should complete
    And second should run after first
    And first should have paused for 2 milliseconds
    And second should have paused for 3 milliseconds

  Scenario: A long wait holds nobody up and can be cancelled
    Given a workflow with tasks:
      """yaml
      - rest: { wait: P365D }
      """
    When the workflow is started
    And the task rest is waiting for some time
    Then the workflow should still be running
    When the workflow is cancelled
    Then the workflow should be cancelled

  Scenario: What is computed must be a duration
    Given a workflow with tasks:
      """yaml
      - rest: { wait: '${ .pause }' }
      """
    And given the workflow input is:
      """yaml
      pause: a while
      """
    When the workflow is executed
    Then the workflow should fault with an error that has:
      | type     | https://serverlessworkflow.io/spec/1.0.0/errors/expression |
      | title    | DURATION_INVALID                                           |
      | instance | /do/0/rest                                                 |
