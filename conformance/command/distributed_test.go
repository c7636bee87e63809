package command_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDistributedRun follows what the command says: it starts a worker with the
// line that is printed.
func TestDistributedRun(t *testing.T) {
	needsTLC(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	require.NoError(t, l.Close())
	cmd := exec.CommandContext(t.Context(), program, "tlc", "buffer", "-distributed", "-port", port)
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	require.NoError(t, err, &failed)
	join, ok := strings.CutPrefix(strings.TrimSpace(line), "A worker joins with: lockstep ")
	require.True(t, ok, line)
	worker := lockstep(t, nil, strings.Fields(join)...)
	rest, err := io.ReadAll(lines)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait(), "%s%s", rest, &failed)
	require.Contains(t, string(rest), "As expected: ok, 7 distinct states")
	require.Contains(t, failed.String(), "workers: 1\n")
	require.Zero(t, worker.code, "%s%s", worker.out, worker.err)
	require.Contains(t, worker.out, "is over")
}

func TestBadDistributedUsage(t *testing.T) {
	needsTLC(t)
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-join", "127.0.0.1:1", "buffer"}, 2, "a worker gets the model from the run that it joins"},
		{[]string{"-join", "127.0.0.1:no"}, 2, "127.0.0.1:no"},
		{[]string{"buffer", "-distributed", "-address", "192.0.2.1"}, 2, "192.0.2.1"},
		{[]string{"-join", "127.0.0.1:1", "-wait", "1ms"}, 3, "127.0.0.1:1 could not be reached"},
	} {
		r := lockstep(t, nil, append([]string{"tlc"}, test.args...)...)
		require.Equal(t, test.code, r.code, "%v: %s%s", test.args, r.out, r.err)
		require.Contains(t, r.err, test.says)
	}
}
