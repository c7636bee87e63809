package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The buffer as two processes use it, one of which puts in and the other takes
// out. Neither file is a behaviour of the spec by itself, nor is one before the
// other.
const (
	producer = `{"lockstep":1,"spec":"Buffer","scenario":"test","seed":1,"constants":{},"process":{"name":"producer","all":["producer","consumer"],"run":""}}` + "\n" +
		`{"step":"Put","args":{"item":"x","node":"buffer"},"state":{"last":"x","length":1},"stamp":1}` + "\n" +
		`{"step":"Put","args":{"item":"y","node":"buffer"},"state":{"last":"y","length":1},"stamp":3,"heard":[{"process":"consumer","stamp":2}]}` + "\n" +
		`{"end":2}` + "\n"
	consumer = `{"lockstep":1,"spec":"Buffer","scenario":"test","seed":1,"constants":{},"process":{"name":"consumer","all":["producer","consumer"],"run":""}}` + "\n" +
		`{"step":"Get","args":{"item":"x","node":"buffer"},"state":{"last":"none","length":0},"stamp":2,"heard":[{"process":"producer","stamp":1}]}` + "\n" +
		`{"step":"Get","args":{"item":"y","node":"buffer"},"state":{"last":"none","length":0},"stamp":4,"heard":[{"process":"producer","stamp":3}]}` + "\n" +
		`{"end":2}` + "\n"
)

// TestFilesOfOneRunAreMerged, whatever their order on the command line, and
// each run for itself.
func TestFilesOfOneRunAreMerged(t *testing.T) {
	needsTLC(t)
	p, c, alone := file(t, producer), file(t, consumer), file(t, header+put+`{"end":1}`+"\n")
	again := strings.NewReplacer(`"run":""`, `"run":"2"`)
	p2, c2 := file(t, again.Replace(producer)), file(t, again.Replace(consumer))
	for _, how := range [][]string{{"-pattern", "buffer"}, {"-steps", "../testdata/buffer/spec"}} {
		r := lockstep(t, nil, append(append([]string{"replay"}, how...), c, alone, p2, p, c2)...)
		require.Zero(t, r.code, "%s%s", r.out, r.err)
		require.Equal(t, c+"+"+p+": accepted, 4 steps\n"+alone+": accepted, 1 steps\n"+p2+"+"+c2+": accepted, 4 steps\n", r.out)
		require.Contains(t, r.err, c+", "+p+" are one run (scenario test, seed 1), merged by their stamps\n")
		require.Contains(t, r.err, p2+", "+c2+" are one run")
	}
	r := lockstep(t, nil, "explain", "-q", "-pattern", "buffer", p, c)
	require.Zero(t, r.code, "%s%s", r.out, r.err)
	require.Contains(t, r.out, "accepted, 4 steps")
	require.Empty(t, r.err)
}

// TestRefusedStepOfAMergedTrace is named by the file and line in which it is.
func TestRefusedStepOfAMergedTrace(t *testing.T) {
	needsTLC(t)
	p, c := file(t, producer), file(t, strings.Replace(consumer, `"item":"y"`, `"item":"x"`, 1))
	r := lockstep(t, nil, "replay", "-pattern", "buffer", p, c)
	require.Equal(t, 1, r.code, r.err)
	require.Contains(t, r.out, c+":3: rejected at step 4, Get (guard)")
	r = lockstep(t, nil, "replay", "-json", "-pattern", "buffer", p, c)
	require.Equal(t, 1, r.code, r.err)
	var said struct {
		Traces []struct {
			File  string
			Event struct {
				File string
				Line int
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.out), &said))
	require.Equal(t, p+"+"+c, said.Traces[0].File)
	require.Equal(t, c, said.Traces[0].Event.File)
	require.Equal(t, 3, said.Traces[0].Event.Line)
	r = lockstep(t, nil, "explain", "-pattern", "buffer", p, c)
	require.Equal(t, 1, r.code, r.err)
	require.Contains(t, r.out, c+":3: refused at step 4 (guard); the 3 before it are accepted")

	misspelt := file(t, strings.Replace(consumer, `"Get"`, `"Take"`, 1))
	r = lockstep(t, nil, "replay", "-pattern", "buffer", p, misspelt)
	require.Equal(t, 2, r.code)
	require.Contains(t, r.out, misspelt+`:2: unknown step "Take"`)
}

// TestFilesThatMakeNoRun are bad input, and the others get their verdicts.
func TestFilesThatMakeNoRun(t *testing.T) {
	needsTLC(t)
	p, c := file(t, producer), file(t, consumer)
	lost := file(t, strings.Replace(consumer, `"stamp":4,"heard":[{"process":"producer","stamp":3}]`, `"stamp":9,"heard":[{"process":"producer","stamp":8}]`, 1))
	early := file(t, strings.Replace(consumer, `"stamp":4`, `"stamp":3`, 1))
	other := file(t, strings.Replace(consumer, `"constants":{}`, `"constants":{"Capacity":1}`, 1))
	alone := file(t, header+put+`{"end":1}`+"\n")
	for _, bad := range []struct {
		files []string
		says  string
	}{
		{[]string{p}, p + `:1: expected a file of each process, found none of "consumer"`},
		{[]string{p, c, p}, p + `:1: expected one file of the process "producer", found it in ` + p + " too"},
		{[]string{p, lost}, lost + ":3: expected that the message with producer's stamp 8 was sent, found no step with that stamp in " + p},
		{[]string{p, early}, early + ":3: expected that a message is received after it was sent, found one with producer's stamp 3 received at stamp 3"},
		{[]string{p, other}, other + ":1: expected the constants map[] as in " + p + ", found map[Capacity:1]"},
	} {
		r := lockstep(t, nil, append([]string{"replay", "-pattern", "buffer", alone}, bad.files...)...)
		require.Equal(t, 2, r.code, "%s%s", r.out, r.err)
		require.Equal(t, alone+": accepted, 1 steps\n", r.out)
		require.Contains(t, r.err, bad.says)
		r = lockstep(t, nil, append([]string{"explain", "-pattern", "buffer"}, bad.files...)...)
		require.Equal(t, 2, r.code)
		require.Contains(t, r.err, bad.says)
	}
	r := lockstep(t, nil, "explain", "-pattern", "buffer", alone, p, c)
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, "explain needs one trace, or the files of one run")
}

// TestAFileThatCannotBeReadIsNotMissing: what is said of the other files of its run does
// not say that it is not there.
func TestAFileThatCannotBeReadIsNotMissing(t *testing.T) {
	p, cut := file(t, producer), file(t, strings.TrimSuffix(consumer, `{"end":2}`+"\n"))
	for _, command := range []string{"replay", "explain", "coverage", "diagram"} {
		r := lockstep(t, nil, command, "-pattern", "buffer", p, cut)
		require.Equal(t, 2, r.code, "%s%s", r.out, r.err)
		require.Contains(t, r.err, cut+`:4:1: expected a step or the trailer {"end":2}, found the end of the file`)
		require.Contains(t, r.err, p+`:1: expected a file of each process, found none of "consumer" among those that can be read`)
	}
}
