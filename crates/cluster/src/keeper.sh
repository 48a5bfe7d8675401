# Starts and ends one PostgreSQL server as it is told, line by line; at the end of its input it ends the server and
# removes the folder. Arguments: folder, pg_isready, then the server's command.
#
# Not ended by what ends the tests from a terminal: it has to outlive them for the moment that cleaning up takes.
trap '' INT TERM HUP
folder=$1 ready=$2
shift 2
server=

start() {
    "$@" -D "$folder/data" -k "$folder" -c listen_addresses= -c max_connections=400 -c shared_buffers=64MB \
        -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB >>"$folder/log" 2>&1 </dev/null &
    server=$!
    while kill -0 "$server" 2>/dev/null; do
        "$ready" -q -h "$folder" -d postgres -U connector && return 0
        sleep 0.05
    done
    return 1
}

end() {
    [ -n "$server" ] && kill "-$1" "$server" 2>/dev/null && wait "$server"
    server=
    return 0
}

while read -r order; do
    case $order in
    start) start "$@" && echo done || echo failed ;;
    # Broken off, and a checkpoint.
    stop) end INT && echo done ;;
    # As if the machine had failed.
    crash) end QUIT && echo done ;;
    freeze) for process in "$server" $(ps -o pid= --ppid "$server"); do kill -STOP "$process"; done; echo done ;;
    thaw) for process in $(ps -o pid= --ppid "$server") "$server"; do kill -CONT "$process"; done; echo done ;;
    esac
done
end QUIT
rm -rf "$folder"
