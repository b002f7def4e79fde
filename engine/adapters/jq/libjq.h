#pragma once

// libjq 1.6 does not declare itself as C.
extern "C" {
#include <jq.h>
#include <jv.h>
}
