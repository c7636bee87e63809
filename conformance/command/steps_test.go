package command_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
)

// TestTLCTakesAFolder with a spec that belongs to no pattern.
func TestTLCTakesAFolder(t *testing.T) {
	needsTLC(t)
	r := lockstep(t, nil, "tlc", "-steps", "../testdata/buffer/spec")
	require.Equal(t, 0, r.code, r.out+r.err)
	require.Contains(t, r.out, "As expected: ")
	r = lockstep(t, nil, "tlc", "-steps", "../testdata/buffer/spec", "-model", "HasRoom")
	require.Equal(t, 0, r.code, r.out+r.err)
	r = lockstep(t, nil, "tlc", "-steps", t.TempDir())
	require.Equal(t, 2, r.code, r.out+r.err)
	r = lockstep(t, nil, "tlc", "-steps", "../testdata/buffer/spec", "-model", "None")
	require.Equal(t, 2, r.code, r.out+r.err)
}

// TestCheckTakesAFolder: the models, the rule in the spec, and traces of a program.
func TestCheckTakesAFolder(t *testing.T) {
	needsTLC(t)
	const spec = "../testdata/buffer/spec"
	good, refused := file(t, header+put+`{"end":1}`+"\n"), file(t, header+get+`{"end":1}`+"\n")
	r := lockstep(t, nil, "check", "-q", "-steps", spec)
	require.Equal(t, 0, r.code, r.out+r.err)
	require.Contains(t, r.out, "No Go code was checked")
	r = lockstep(t, nil, "check", "-q", "-json", "-steps", spec, good)
	require.Equal(t, 0, r.code, r.out+r.err)
	var printed struct{ Patterns []conformance.Report }
	require.NoError(t, json.Unmarshal([]byte(r.out), &printed))
	require.Len(t, printed.Patterns, 1)
	require.Equal(t, 1, printed.Patterns[0].Replay.Accepted)
	require.Positive(t, printed.Patterns[0].Falsified.Refused)
	require.Equal(t, "caught", string(printed.Patterns[0].Rules[0].Spec))

	r = lockstep(t, nil, "check", "-q", "-steps", spec, good, refused)
	require.Equal(t, 1, r.code, r.out+r.err)
	require.Contains(t, r.out, "replay: "+refused+": rejected at step 1, Get (guard)")
	for _, args := range [][]string{{"-steps", t.TempDir()}, {"-steps", spec, "none.ndjson"}, {"-fresh", "-steps", spec}} {
		r := lockstep(t, nil, append([]string{"check"}, args...)...)
		require.Equal(t, 2, r.code, r.out+r.err)
	}
}

// TestCheckWantsAPromise: a model without a property has nothing to be checked for.
func TestCheckWantsAPromise(t *testing.T) {
	needsTLC(t)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"X.tla":      "---- MODULE X ----\nEXTENDS Naturals\nVARIABLE n\nvars == <<n>>\nInit == n = 0\nAdd == n < 1 /\\ n' = n + 1\nSpec == Init /\\ [][Add]_vars\n====\n",
		"X.cfg":      "\\* expect: ok, 2 distinct states, depth 2\nSPECIFICATION Spec\nCHECK_DEADLOCK FALSE\n",
		"XSteps.tla": "---- MODULE XSteps ----\nEXTENDS X, Steps\nView(node) == [n |-> n]\nStepsNext == Step(\"Add\", [node |-> \"a\"], Add)\n====\n",
		"XSteps.cfg": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	r := lockstep(t, nil, "check", "-q", "-steps", folder)
	require.Equal(t, 1, r.code, r.out+r.err)
	require.Contains(t, r.out, "X.cfg has no INVARIANT and no PROPERTY")

	require.NoError(t, os.WriteFile(filepath.Join(folder, "X.cfg"), []byte("\\* expect: ok, 2 distinct states, depth 2\nSPECIFICATION Spec\n"), 0o600))
	r = lockstep(t, nil, "check", "-q", "-steps", folder)
	require.Contains(t, r.out, "but TLC says deadlock: Deadlock reached.\n")
	r = lockstep(t, nil, "mutate", "-q", "-steps", folder)
	require.Equal(t, 2, r.code, r.out+r.err)
	require.Contains(t, r.err, "X.cfg: the spec as it is must pass its own model: expected ok, but TLC says deadlock")
}

// TestMutateTakesAFolder, and the traces of a program notice what the properties do not.
func TestMutateTakesAFolder(t *testing.T) {
	needsTLC(t)
	const spec = "../testdata/buffer/spec"
	survivors := func(args ...string) int {
		r := lockstep(t, nil, append([]string{"mutate", "-q", "-json", "-n", "0", "-steps", spec}, args...)...)
		require.Equal(t, 0, r.code, r.out+r.err)
		var printed struct {
			Mutants []struct{ Side, Noticed string }
		}
		require.NoError(t, json.Unmarshal([]byte(r.out), &printed))
		require.NotEmpty(t, printed.Mutants)
		n := 0
		for _, m := range printed.Mutants {
			require.Equal(t, "spec", m.Side)
			if m.Noticed == "survived" {
				n++
			}
		}
		return n
	}
	require.Less(t, survivors(file(t, header+put+`{"end":1}`+"\n")), survivors())
	refused := file(t, header+get+`{"end":1}`+"\n") // it would seem to notice every mutant
	for says, args := range map[string][]string{
		"no code to mutate":                       {"-steps", spec, "-side", "code"},
		"-steps has no code":                      {"-steps", spec, "-mutant", "code:x"},
		"the spec as it is must accept the trace": {"-steps", spec, refused},
		"none.ndjson":                             {"-steps", spec, "none.ndjson"},
		"-steps needs a folder":                   {"-steps", ""},
		"this is a file, and not a folder":        {"-steps", refused},
		`unknown step "Shout"`:                    {"-steps", spec, file(t, header+`{"step":"Shout","args":{"node":"n"},"state":{}}`+"\n"+`{"end":1}`+"\n")},
	} {
		r := lockstep(t, nil, append([]string{"mutate", "-q"}, args...)...)
		require.Equal(t, 2, r.code, r.out+r.err)
		require.Contains(t, r.err, says)
	}
}
