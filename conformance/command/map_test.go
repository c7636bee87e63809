package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMap shows the map of a pattern, of a spec alone, and of a spec that does
// not fit its code, and writes a page.
func TestMap(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "map", "buffer")
	require.Equal(t, 0, r.code, r.err)
	require.Regexp(t, `Put +Put\(i\) +Buffer.tla:18 +Buffer.Put +buffer.go:\d+`, r.out)
	require.Regexp(t, `HasRoom +Len\(buffer\) < Capacity +Buffer.tla:16 +Buffer.HasRoom`, r.out)

	r = lockstep(t, nil, "map", "-json", "-steps", "../testdata/ping/spec")
	require.Equal(t, 0, r.code, r.err)
	var m struct{ Steps []struct{ Step string } }
	require.NoError(t, json.Unmarshal([]byte(r.out), &m))
	require.Len(t, m.Steps, 3)

	r = lockstep(t, nil, "map", "-steps", "../testdata/ping/spec", "-code", "../testdata/buffer")
	require.Equal(t, 1, r.code, r.err)
	require.Contains(t, r.out, "the step Send is in the spec, and nothing in the code records it")
	require.Contains(t, r.out, "Buffer.Put records the step Put, and the spec has none of this name")

	docs := t.TempDir()
	page := filepath.Join(docs, "buffer.md")
	require.NoError(t, os.WriteFile(page, []byte("# Buffer\n"), 0o600))
	r = lockstep(t, nil, "map", "-write", "-docs", docs)
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.out, "buffer.md: written")
	written, err := os.ReadFile(page)
	require.NoError(t, err)
	require.Contains(t, string(written), "| `Put` |")
	r = lockstep(t, nil, "map", "-write", "-docs", docs, "buffer")
	require.Equal(t, 0, r.code, r.err)
	require.Empty(t, r.out)

	all := filepath.Join(docs, "README.md")
	require.NoError(t, os.WriteFile(all, []byte("All\n<!-- lockstep:overview begin -->\n<!-- lockstep:overview end -->\n"), 0o600))
	r = lockstep(t, nil, "map", "-write", "-docs", docs)
	require.Equal(t, 0, r.code, r.err)
	written, err = os.ReadFile(all)
	require.NoError(t, err)
	require.Contains(t, string(written), "begin -->\n\n```mermaid\nflowchart TD\n  Buffer\n```\n\n<!--")
	wild := filepath.Join(docs, "wild.md")
	require.NoError(t, os.WriteFile(wild, []byte("<!-- lockstep:wild begin -->\n<!-- lockstep:wild end -->\n"), 0o600))
	written, err = os.ReadFile(page)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(page, append([]byte("## Seen in the wild\n\n| a | b | c |\n|---|---|---|\n| x | y | `lockstep break buffer HasRoom` |\n\n"), written...), 0o600))
	r = lockstep(t, nil, "map", "-write", "-docs", docs)
	require.Equal(t, 0, r.code, r.err)
	written, err = os.ReadFile(wild)
	require.NoError(t, err)
	require.Contains(t, string(written), "| [Buffer](buffer.md) | x | y | `lockstep break buffer HasRoom` |\n")

	require.NoError(t, os.WriteFile(all, []byte("<!-- lockstep:map begin -->\n<!-- lockstep:map end -->\n"), 0o600))
	r = lockstep(t, nil, "map", "-write", "-docs", docs)
	require.Equal(t, 2, r.code, r.err)

	for _, args := range [][]string{
		{}, {"nopattern"}, {"-code", "x"}, {"-steps", "../testdata/ping/spec", "buffer"}, {"-steps", t.TempDir()}, {"-write", "-docs", t.TempDir()}, {"-write", "nopattern"},
	} {
		r := lockstep(t, nil, append([]string{"map"}, args...)...)
		require.Equal(t, 2, r.code, "%v: %s", args, r.err)
	}
}
