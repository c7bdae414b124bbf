# SPDX-License-Identifier: LGPL-2.1-or-later OR BSD-2-Clause
# shellcheck shell=bash
#
# What the gates share. A gate is called with the build folder, exits 0 when it holds, 77 when it cannot be judged here,
# anything else when it does not hold, and says which lines are wrong.

set -u
export LC_ALL=C.UTF-8

build=${1:?usage: $0 BUILD-FOLDER}
build=$(cd "$build" && pwd) || exit 1
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
# scratch and bad are for the gates
# shellcheck disable=SC2034
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
bad=0

complain() {
	printf '%s\n' "$*"
	bad=1
}

skip() {
	printf '%s\n' "$*"
	exit 77
}

# The files of the project, matching the patterns given: what git tracks or would, else what an archive holds.
sources() {
	if git -c safe.directory='*' rev-parse --git-dir >/dev/null 2>&1; then
		# a file just deleted is still in the index
		git -c safe.directory='*' ls-files --cached --others --exclude-standard -- "$@" | while read -r file; do
			[ -f "$file" ] && printf '%s\n' "$file"
		done
		return
	fi
	find . -path './build*' -prune -o -type f -print | sed 's,^\./,,' | sort | while read -r file; do
		[ $# -eq 0 ] && printf '%s\n' "$file"
		for pattern in "$@"; do
			# a pattern is meant
			# shellcheck disable=SC2053
			[[ $file == $pattern ]] && printf '%s\n' "$file"
		done
	done
}

# The functions that the public headers export, sorted.
declared() {
	sources 'include/*.h' | while read -r header; do
		${CC:-cc} -fpreprocessed -dD -E -P "$header" 2>/dev/null
	done | grep -v '^#' | tr '\n' ' ' | grep -o 'XDPX_API [^;]*' | sed 's/(.*//; s/.*[ *]//' | sort
}
