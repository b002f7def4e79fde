#pragma once

#include <filesystem>

#include "tests/bench/figures.h"

namespace sb::bench {

/// What one part of a two-way sync took.
struct TwoWayPart {
  Sample requests;         ///< That left the engine, about contacts; CPU a record.
  double others = 0;       ///< Requests besides: webhooks, proofs of the credential.
  double cpu_seconds = 0;  ///< Of the engine and PostgreSQL.
  double seconds = 0;      ///< Until it was done.
  double memory_mb = 0;    ///< The most that the engine held. It is started for the plan, and again
                           ///< for the first link and the edits.
};

/// A company's contacts and a table with the same people.
struct TwoWaySample {
  double contacts = 0;         ///< On each side.
  double pages = 0;            ///< The fewest requests that read them all.
  double edits = 0;            ///< Of each side.
  double requests_needed = 0;  ///< The fewest for the edits of both sides.
  TwoWayPart plan;
  TwoWayPart first_link;
  TwoWayPart edited;
  double arrival_ms = 0;  ///< From an edit until it is on the other side: the median of 20 each
                          ///< way, one at a time.
};

/// Starts the engine and a `large` sandbox without a rate limit (50,000 contacts; smaller ones for
/// a `scale` below 1), fills a table with the same people, plans a two-way sync of both, links
/// them, and then edits 1,000 records (times `scale`) on each side. Takes many minutes. Throws
/// std::runtime_error when something does not start, when not all pairs are found to be equal, or
/// when an edit does not arrive.
TwoWaySample MeasureTwoWay(const std::filesystem::path& programs, double scale);

}  // namespace sb::bench
