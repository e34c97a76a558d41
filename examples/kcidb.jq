# A KCIDB submission (schema 5.3) of what `dmaheap probe --json` prints: BUILD is the build's id, ORIGIN:..., RUN one of your own.
#   dmaheap probe --json | jq --arg build ORIGIN:BUILD --arg run RUN -f kcidb.jq | kcidb-validate
{version: {major: 5, minor: 3}, tests: [.rows[] | {
    id: "\($build / ":" | first):\($run).\(.heap).\(.case)",
    origin: ($build / ":" | first), build_id: $build,
    path: "dmaheap.probe.\(.heap | gsub("[^A-Za-z0-9_-]"; "_")).\(.case)",
    status: {ok: "PASS", known: "PASS", fail: "FAIL", skip: "SKIP"}[.verdict],
    duration: (.time_ns / 1e9),
    comment: "\(.sends): \(.outcome // "skipped")",
    misc: {expected, outcome, reason, notes, kernel}
}]}
