package command_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCoverage says what a trace leaves out, as text and as JSON.
func TestCoverage(t *testing.T) {
	needsTLC(t)
	one, both := file(t, header+put+`{"end":1}`+"\n"), file(t, header+put+get+`{"end":2}`+"\n")
	r := lockstep(t, nil, "coverage", "-pattern", "buffer", one)
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "Buffer.tla:20: the action Get\n2 of 3 actions, rules and branches are exercised.\n", r.out)
	r = lockstep(t, nil, "coverage", "-json", "-steps", "../testdata/buffer/spec", one, both)
	require.Equal(t, 0, r.code, r.err)
	var said struct{ Actions []struct{ Taken int } }
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	require.Equal(t, 2, said.Actions[0].Taken)

	refused := file(t, header+get+`{"end":1}`+"\n")
	r = lockstep(t, nil, "coverage", "-pattern", "buffer", refused)
	require.Equal(t, 1, r.code)
	require.Contains(t, r.err, "does not count: rejected at step 1")
	require.Contains(t, r.out, "0 of 3 actions")
	require.Equal(t, 2, lockstep(t, nil, "coverage", "-pattern", "buffer").code)
	require.Equal(t, 2, lockstep(t, nil, "coverage", "-pattern", "buffer", file(t, "")).code)
}
