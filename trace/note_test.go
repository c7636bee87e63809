package trace_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

const noteHeader = `{"lockstep":1,"spec":"S","scenario":"","seed":0,"constants":{}}` + "\n"

func readNoted(note string) (*trace.Trace, error) {
	return trace.Read(strings.NewReader(noteHeader+`{"step":"A","note":`+note+`,"args":{},"state":{}}`+"\n"+`{"end":1}`+"\n"), "t")
}

// TestANoteIsReadAndWritten as it is, whatever members it has.
func TestANoteIsReadAndWritten(t *testing.T) {
	const note = `{"at":1764345600.25,"ns":1764345600250000000,"level":null,"by":{"go":[1,"x"]}}`
	read, err := readNoted(note)
	require.NoError(t, err)
	require.JSONEq(t, note, string(read.Events[0].Note))
	var out bytes.Buffer
	require.NoError(t, read.Write(&out))
	require.Equal(t, noteHeader+`{"step":"A","args":{},"state":{},"note":`+note+"}\n"+`{"end":1}`+"\n", out.String())
	read.Events[0].Note = []byte(`"text"`)
	require.ErrorContains(t, read.Write(&out), `step 1 "A": field "note": not a value of a trace: it is no JSON object`)
}

// TestARecorderWritesNotes behind the state, and a stamp behind them; a Step that is
// used again has none of its last one's.
func TestARecorderWritesNotes(t *testing.T) {
	var out bytes.Buffer
	rec := trace.New(&out, trace.Header{Spec: "S"})
	rec.Step("A").Note("level", "info").Note("text", "a \"b\"").State(empty{})
	rec.Step("B").State(empty{})
	require.NoError(t, rec.Close())
	require.Equal(t, noteHeader+`{"step":"A","args":{},"state":{},"note":{"level":"info","text":"a \"b\""}}`+"\n"+
		`{"step":"B","args":{},"state":{}}`+"\n"+`{"end":2}`+"\n", out.String())
	read, err := trace.Read(&out, "t")
	require.NoError(t, err)
	require.Nil(t, read.Events[1].Note)

	var none *trace.Recorder
	none.Step("A").Note("level", "info").State(empty{}) // a recorder that is off

	for _, wrong := range []func(*trace.Step) *trace.Step{
		func(s *trace.Step) *trace.Step { return s.Note("k", "1").Note("k", "2") },
		func(s *trace.Step) *trace.Step { return s.Note("k", "\xff") },
		func(s *trace.Step) *trace.Step { return s.Note("\xff", "1") },
	} {
		rec := trace.New(&out, trace.Header{Spec: "S"})
		wrong(rec.Step("A")).State(empty{})
		err := rec.Close()
		require.ErrorIs(t, err, trace.ErrInvalid)
		require.ErrorContains(t, err, `step 1 "A": field "note": not a value of a trace: `)
	}
}

type empty struct{}

func (empty) View(*trace.Object) {}

// TestAMisusedNoteIsRefused with its place.
func TestAMisusedNoteIsRefused(t *testing.T) {
	for note, says := range map[string]string{
		`"12:00"`:                "t:2:20: expected an object with the program's own members, such as times, found a string",
		`[1]`:                    "t:2:20: expected an object with the program's own members, such as times, found an array",
		`{"a":}`:                 "t:2:20: expected a JSON object as the note, found none: invalid character",
		`{"a":1`:                 "expected ',' or '}', found the end of the line",
		"{\"a\":\"\xff\"}":       "t:2:20: expected a note of valid UTF-8",
		`{"a":1},"note":{"b":2}`: `expected the member "note" once, found it again`,
	} {
		_, err := readNoted(note)
		var syntax *trace.SyntaxError
		require.ErrorAs(t, err, &syntax, note)
		require.ErrorContains(t, err, says, note)
	}
	_, err := trace.Read(strings.NewReader(`{"lockstep":1,"spec":"S","scenario":"","seed":0,"constants":{},"note":{}}`+"\n"), "t")
	require.ErrorContains(t, err, `found "note"`)
}
