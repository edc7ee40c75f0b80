# SPDX-License-Identifier: Apache-2.0
"""Helpers of the integration tests; docs/testing.md is their manual."""
