#!/bin/sh
# Which heap for which device on this board: a line for each DRM and V4L2 device, with the heaps whose buffers it accepts.
# devices.sh   Nothing is shown on a screen, no format is set, and a device in use is left alone.
set -eu

# Status 1 only says that no device accepts any; without devices it is 4.
rows=$(dmaheap import -rn -o DEVICE,DRIVER,HEAP,VERDICT) || [ $? = 1 ]
echo "$rows" | awk '
    !($1 in driver) { order[++count] = $1; driver[$1] = $2 }
    $4 == "accepted" { heaps[$1] = heaps[$1] " " $3 }
    $4 == "sometimes" { heaps[$1] = heaps[$1] " " $3 "(sometimes)" }
    $4 == "skipped" && $3 == "-" { heaps[$1] = " (skipped)" }
    END { for (i = 1; i <= count; i++) { d = order[i]; print d, driver[d] (heaps[d] == "" ? " none" : heaps[d]) } }'
