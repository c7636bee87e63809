package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/trace"
)

const trailer = `{"end":1}` + "\n"

func TestRead(t *testing.T) {
	text := ` { "seed" : -9223372036854775808 , "spec":"S","scenario":"","constants":{"N":["a",{"b":true}]},"lockstep":1}` + "\r\n" +
		`{"args":{"a":[],"b":{}},"state":{"n":-2147483647,"s":"\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t"},"step":"A"}` + "\n" +
		"\t{\"end\"\t:\t1 }\n"
	got, err := trace.Read(iotest.OneByteReader(strings.NewReader(text)), "f")
	require.NoError(t, err)
	require.Equal(t, &trace.Trace{
		Name: "f",
		Header: trace.Header{
			Spec: "S", Seed: -1 << 63,
			Constants: map[string]trace.Value{"N": []trace.Value{"a", map[string]trace.Value{"b": true}}},
		},
		Events: []trace.Event{{
			Step:  "A",
			Args:  map[string]trace.Value{"a": []trace.Value{}, "b": map[string]trace.Value{}},
			State: map[string]trace.Value{"n": -2147483647, "s": "é😀\"\\/\b\f\n\r\t"},
			Line:  2,
		}},
	}, got)
}

const aValue = "expected an integer, a boolean, a string, an array or an object, found "

func stepWith(state string) string {
	return headerLine + `{"step":"A","args":{},"state":` + state + "}\n" + trailer
}

// badTraces are texts of every kind that is refused, and the exact answers.
var badTraces = []struct{ name, text, want string }{
	// the file
	{"empty file", "", `1:1: expected the header, a line such as {"lockstep":1,"spec":"S","scenario":"","seed":0,"constants":{}}, found the end of the file`},
	{"empty trace", headerLine, `2:1: expected a step or the trailer {"end":0}, found the end of the file`},
	{"missing trailer", headerLine + stepLine, `3:1: expected a step or the trailer {"end":1}, found the end of the file`},
	{"cut header", `{"lockstep":1`, `1:14: expected the end of the line, found the end of the file: the line is cut`},
	{"cut line", headerLine + `{"step":"Sy`, `2:12: expected the end of the line, found the end of the file: the line is cut`},
	{"cut trailer", headerLine + stepLine + `{"end":1}`, `3:10: expected the end of the line, found the end of the file: the line is cut`},
	{"trailer counts less", headerLine + stepLine + `{"end":0}` + "\n", `3:8: expected 1, the number of steps before the trailer, found 0`},
	{"trailer counts more", headerLine + `{"end": 1}` + "\n", `2:9: expected 0, the number of steps before the trailer, found 1`},
	{"step after trailer", headerLine + stepLine + trailer + stepLine, `4:1: expected the end of the file after the trailer, found more`},
	{"empty line after trailer", headerLine + stepLine + trailer + "\n", `4:1: expected the end of the file after the trailer, found more`},
	{"empty line", headerLine + "\n", `2:1: expected an object, found the end of the line`},
	{"two values on a line", headerLine + `{"step":"A","args":{},"state":{}} {}` + "\n", `2:35: expected the end of the line, found an object`},
	{"byte order mark", "\ufeff" + headerLine, `1:1: expected an object, found '\ufeff'`},
	{"not text", "\xff\xfe\n", `1:1: expected an object, found the byte 0xff`},
	{"failed recorder", headerLine + `{"failed":"disk"}` + "\n", `2:1: expected a step or the trailer, found that the recorder failed: disk`},
	{"failed recorder without reason", headerLine + `{"failed":1}` + "\n", `2:1: expected a step or the trailer, found that the recorder failed: for an unknown reason`},

	// the header
	{"no header", stepLine, `1:2: expected the member "lockstep", "spec", "scenario", "seed", "constants" or "process", found "step"`},
	{"other version", `{"lockstep":2,"events":[]}` + "\n", `1:13: expected version 1 of the format, found 2`},
	{"unknown header member", `{"lockstep":1,"time":0}` + "\n", `1:15: expected the member "lockstep", "spec", "scenario", "seed", "constants" or "process", found "time"`},
	{"header without seed", `{"lockstep":1,"spec":"S","scenario":"","constants":{}}` + "\n", `1:54: expected the member "seed", found '}'`},
	{"spec of wrong type", `{"lockstep":1,"spec":1}` + "\n", `1:22: expected the name of a spec in quotes, found 1`},
	{"spec empty", `{"lockstep":1,"spec":""}` + "\n", `1:22: expected the name of a spec, found an empty string`},
	{"scenario null", `{"scenario":null}` + "\n", `1:13: expected the name of a scenario in quotes, found null`},
	{"seed of wrong type", `{"seed":"7"}` + "\n", `1:9: expected an integer, found a string`},
	{"seed a float", `{"seed":1e3}` + "\n", `1:9: expected an integer, found the number 1e3`},
	{"seed of 65 bits", `{"seed":9223372036854775808}` + "\n", `1:9: expected an integer of at most 64 bits, found 9223372036854775808`},
	{"constants of wrong type", `{"constants":[]}` + "\n", `1:14: expected an object, found an array`},
	{"constant too large", `{"constants":{"N":2147483648}}` + "\n", `1:19: expected an integer that TLC can read, -2147483647 to 2147483647, found 2147483648`},

	// a step's members
	{"unknown member", headerLine + `{"step":"A","args":{},"state":{},"time":0}` + "\n", `2:34: expected the member "step", "args", "state" or "note", found "time"`},
	{"unknown member first", headerLine + `{"time":0}` + "\n", `2:2: expected the member "step", "args", "state" or "note", found "time"`},
	{"missing state", headerLine + `{"step":"A","args":{}}` + "\n", `2:22: expected the member "state", found '}'`},
	{"missing args", headerLine + `{"step":"A","state":{}}` + "\n", `2:23: expected the member "args", found '}'`},
	{"missing step", headerLine + `{"args":{},"state":{}}` + "\n", `2:22: expected the member "step", found '}'`},
	{"nothing", headerLine + `{}` + "\n", `2:2: expected the member "step", found '}'`},
	{"member twice", headerLine + `{"step":"A","step":"A"}` + "\n", `2:13: expected the member "step" once, found it again`},
	{"end after step", headerLine + `{"step":"A","end":0}` + "\n", `2:13: expected the member "step", "args", "state" or "note", found "end"`},
	{"step after end", headerLine + `{"end":0,"step":"A"}` + "\n", `2:10: expected the member "end", found "step"`},
	{"end twice", headerLine + `{"end":0,"end":0}` + "\n", `2:10: expected the member "end" once, found it again`},
	{"end of wrong type", headerLine + `{"end":true}` + "\n", `2:8: expected an integer, found true`},
	{"step of wrong type", headerLine + `{"step":{}}` + "\n", `2:9: expected the name of a step in quotes, found an object`},
	{"step without name", headerLine + `{"step":""}` + "\n", `2:9: expected the name of a step, found an empty string`},
	{"args null", headerLine + `{"args":null}` + "\n", `2:9: expected an object, found null`},
	{"state an array", headerLine + `{"state":[]}` + "\n", `2:10: expected an object, found an array`},
	{"an array", headerLine + `[]` + "\n", `2:1: expected an object, found an array`},

	// stamps
	{"process null", strings.Replace(headerOfA, `{"name":"a","all":["a","b"],"run":"r"}`, `null`, 1), `1:84: expected an object, found null`},
	{"process without run", strings.Replace(headerOfA, `,"run":"r"`, ``, 1), `1:111: expected the member "run", found '}'`},
	{"process unknown member", strings.Replace(headerOfA, `"run"`, `"ran"`, 1), `1:112: expected the member "name", "all" or "run", found "ran"`},
	{"process without name", strings.Replace(headerOfA, `"name":"a"`, `"name":""`, 1), `1:84: expected that a process has a name`},
	{"process not among all", strings.Replace(headerOfA, `["a","b"]`, `["b"]`, 1), `1:84: expected that the process "a" is one of all the processes`},
	{"process twice", strings.Replace(headerOfA, `["a","b"]`, `["b","a","b"]`, 1), `1:84: expected that each process is named once, and "b" is there twice`},
	{"processes without name", strings.Replace(headerOfA, `["a","b"]`, `["","a"]`, 1), `1:84: expected that a process has a name`},
	{"no processes", strings.Replace(headerOfA, `["a","b"]`, `[]`, 1), `1:103: expected the name of a process in quotes, found ']'`},
	{"processes not closed", strings.Replace(headerOfA, `["a","b"]`, `["a":"b"]`, 1), `1:106: expected ',' or ']', found ':'`},
	{"processes no array", strings.Replace(headerOfA, `["a","b"]`, `"a"`, 1), `1:102: expected an array, found a string`},
	{"stamp without process", headerLine + `{"step":"A","args":{},"state":{},"stamp":1}` + "\n", `2:34: expected the member "step", "args", "state" or "note", found "stamp"`},
	{"no stamp", headerOfA + `{"step":"A","args":{},"state":{}}` + "\n", `2:33: expected the member "stamp", found '}'`},
	{"stamp 0", headerOfA + stampedLines(`"stamp":0`), `2:42: expected a stamp, which is 1 or more, found 0`},
	{"stamp of 65 bits", headerOfA + stampedLines(`"stamp":9223372036854775808`), `2:42: expected an integer of at most 64 bits, found 9223372036854775808`},
	{"stamp twice", headerOfA + stampedLines(`"stamp":1,"stamp":1`), `2:44: expected the member "stamp" once, found it again`},
	{"stamp stands still", headerOfA + stampedLines(`"stamp":3`, `"stamp":3`), `3: expected a stamp above 3, that of the step before, found 3`},
	{"heard nothing", headerOfA + stampedLines(`"stamp":3,"heard":[]`), `2:53: expected an object, found ']'`},
	{"heard without stamp", headerOfA + stampedLines(`"stamp":3,"heard":[{"process":"b"}]`), `2:67: expected the member "stamp", found '}'`},
	{"heard nobody", headerOfA + stampedLines(`"stamp":3,"heard":[{"process":"","stamp":1}]`), `2:64: expected the name of a process, found an empty string`},
	{"heard too early", headerOfA + stampedLines(`"heard":[{"process":"b","stamp":3}],"stamp":3`), `2: expected that a message is received after it was sent, found one with b's stamp 3 received at stamp 3`},
	{"failed with stamps", headerOfA + `{"failed":"disk"}` + "\n", `2:1: expected a step or the trailer, found that the recorder failed: disk`},

	// values
	{"2^31", stepWith(`{"n":2147483648}`), `2:36: expected an integer that TLC can read, -2147483647 to 2147483647, found 2147483648`},
	{"-2^31", stepWith(`{"n":-2147483648}`), `2:36: expected an integer that TLC can read, -2147483647 to 2147483647, found -2147483648`},
	{"2^64", stepWith(`{"n":18446744073709551616}`), `2:36: expected an integer of at most 64 bits, found 18446744073709551616`},
	{"null", stepWith(`{"n":null}`), `2:36: ` + aValue + `null`},
	{"null in a sequence", stepWith(`{"n":[1,null]}`), `2:39: ` + aValue + `null`},
	{"float", stepWith(`{"n":1.5}`), `2:36: expected an integer, found the number 1.5`},
	{"exponent", stepWith(`{"n":1E+9}`), `2:36: expected an integer, found the number 1E+9`},
	{"leading zero", stepWith(`{"n":01}`), `2:36: expected an integer in its shortest form, found 01`},
	{"minus zero", stepWith(`{"n":-0}`), `2:36: expected an integer in its shortest form, found -0`},
	{"minus alone", stepWith(`{"n":-}`), `2:36: expected an integer in its shortest form, found -`},
	{"plus", stepWith(`{"n":+1}`), `2:36: ` + aValue + `'+'`},
	{"NaN", stepWith(`{"n":NaN}`), `2:36: ` + aValue + `NaN`},
	{"word", stepWith(`{"n":truth}`), `2:36: ` + aValue + `truth`},
	{"longer word", stepWith(`{"n":falsely}`), `2:41: expected ',' or '}', found ly`},
	{"no value", stepWith(`{"n":}`), `2:36: ` + aValue + `'}'`},
	{"duplicate key", stepWith(`{"n":1,"m":{},"n":1}`), `2:45: expected each key once, found "n" again`},
	{"duplicate escaped key", stepWith(`{"n":1,"\u006e":1}`), `2:38: expected each key once, found "n" again`},
	{"empty key", stepWith(`{"":1}`), `2:32: expected a key, found an empty one`},
	{"key without quotes", stepWith(`{n:1}`), `2:32: expected a key in quotes, found n`},
	{"no colon", stepWith(`{"n" 1}`), `2:36: expected ':', found 1`},
	{"no comma", stepWith(`{"n":1 "m":1}`), `2:38: expected ',' or '}', found a string`},
	{"comma at the end", stepWith(`{"n":1,}`), `2:38: expected a key in quotes, found '}'`},
	{"comma at the end of a sequence", stepWith(`{"n":[1,]}`), `2:39: ` + aValue + `']'`},
	{"array not closed", stepWith(`{"n":[1}`), `2:38: expected ',' or ']', found '}'`},
	{"object not closed", headerLine + `{"step":"A","args":{"a":1` + "\n", `2:26: expected ',' or '}', found the end of the line`},
	{"NUL", stepWith("{\x00}"), `2:32: expected a key in quotes, found '\x00'`},

	// strings
	{"string not closed", headerLine + `{"step":"A` + "\n", `2:11: expected '"' at the end of the string, found the end of the line`},
	{"raw control character", stepWith("{\"n\":\"a\tb\"}"), `2:38: expected a character that needs no escape, found '\t'`},
	{"unknown escape", stepWith(`{"n":"a\x"}`), `2:39: expected one of "\/bfnrtu after '\', found x`},
	{"short escape", stepWith(`{"n":"\u12"}`), `2:37: expected four hexadecimal digits after \u`},
	{"signed escape", stepWith(`{"n":"\u+123"}`), `2:37: expected four hexadecimal digits after \u`},
	{"lone high surrogate", stepWith(`{"n":"\ud800"}`), `2:37: expected a pair of surrogates, found \ud800 alone`},
	{"lone low surrogate", stepWith(`{"n":"\udc00\ud800"}`), `2:37: expected a pair of surrogates, found \udc00 alone`},
	{"invalid UTF-8", stepWith("{\"n\":\"é\xff\"}"), `2:39: expected valid UTF-8, found the byte 0xff`},
	{"surrogate in UTF-8", stepWith("{\"n\":\"\xed\xa0\x80\"}"), `2:37: expected valid UTF-8, found the byte 0xed`},
	{"cut UTF-8", stepWith("{\"\xc3\"}"), `2:33: expected valid UTF-8, found the byte 0xc3`},

	// limits
	{"deep arrays", stepWith(`{"n":` + strings.Repeat("[", 100000) + `}`), `2:98: expected at most 64 levels of nesting, found more`},
	{"deep objects", stepWith(strings.Repeat(`{"n":`, 100000)), `2:346: expected at most 64 levels of nesting, found more`},
	{"long line", headerLine + strings.Repeat("[", trace.MaxLine+1) + "\n", `2:1048577: expected a line of at most 1048576 bytes, found a longer one`},
}

func TestReadRefuses(t *testing.T) {
	for _, c := range badTraces {
		t.Run(c.name, func(t *testing.T) {
			_, err := trace.Read(strings.NewReader(c.text), "f")
			require.EqualError(t, err, "f:"+c.want)
			var syntax *trace.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, "f", syntax.File)
			ends := strings.HasSuffix(c.want, "found the end of the file") || strings.HasSuffix(c.want, "the line is cut")
			require.Equal(t, ends, errors.Is(err, trace.ErrUnfinished))
		})
	}
}

// Every prefix of a trace but the whole is refused as unfinished.
func TestReadRefusesEveryPrefix(t *testing.T) {
	text := headerLine + stepLine + stepLine + `{"end":2}` + "\n"
	for n := range len(text) {
		_, err := trace.Read(strings.NewReader(text[:n]), "f")
		require.ErrorIs(t, err, trace.ErrUnfinished, "%d bytes", n)
	}
	_, err := trace.Read(strings.NewReader(text), "f")
	require.NoError(t, err)
}

func TestReadLimitsThatAreMet(t *testing.T) {
	deepest := strings.Repeat("[", trace.MaxDepth-2) + strings.Repeat("]", trace.MaxDepth-2)
	line := `{"step":"A","args":{},"state":{"n":` + deepest + `,"s":""}}`
	line = strings.Replace(line, `""`, `"`+strings.Repeat("x", trace.MaxLine-len(line))+`"`, 1)
	require.Len(t, line, trace.MaxLine)
	tr, err := trace.Read(strings.NewReader(headerLine+line+"\n"+trailer), "f")
	require.NoError(t, err)

	var out bytes.Buffer
	require.NoError(t, tr.Write(&out), "the recorder has the same limits")
	require.Equal(t, headerLine+line+"\n"+trailer, out.String())

	tr.Events[0].State["s"] = tr.Events[0].State["s"].(string) + "x"
	require.EqualError(t, tr.Write(&out), `trace: step 1 "A": not a value of a trace: the line is longer than 1048576 bytes`)
}

// endless is a line that never ends.
type endless struct{ read int }

func (r *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	r.read += len(p)
	return len(p), nil
}

// A line of 100 MB, or of any length, is refused at its limit.
func TestReadDoesNotHoldLongLine(t *testing.T) {
	source := new(endless)
	_, err := trace.Read(io.MultiReader(strings.NewReader(headerLine+`{"step":"`), source), "f")
	require.EqualError(t, err, "f:2:1048577: expected a line of at most 1048576 bytes, found a longer one")
	require.Less(t, source.read, 2*trace.MaxLine)
}

func TestReadReportsReadError(t *testing.T) {
	broken := errors.New("disk broken")
	_, err := trace.Read(io.MultiReader(strings.NewReader(headerLine+`{"st`), iotest.ErrReader(broken)), "f")
	require.EqualError(t, err, "trace: reading line 2 of f: disk broken")
	require.ErrorIs(t, err, broken)
	_, err = trace.Read(io.MultiReader(strings.NewReader(headerLine+stepLine+trailer), iotest.ErrReader(broken)), "f")
	require.ErrorIs(t, err, broken)
	_, err = trace.ReadFile("no-such-file")
	require.ErrorContains(t, err, "trace: open no-such-file")
}

// What a trace takes in memory is a small multiple of its text: about 5 for
// ordinary ones, and 45 for the worst, which is made of tiny objects.
func TestReadMemory(t *testing.T) {
	for _, c := range []struct {
		name, line string
		times      float64
	}{
		{"ordinary", stepLine, 12},
		{"tiny objects", `{"step":"A","args":{},"state":{"n":[` + strings.Repeat(`{"a":{}},`, 10000) + `1]}}` + "\n", 60},
		{"tiny arrays", `{"step":"A","args":{},"state":{"n":[` + strings.Repeat(`[],`, 10000) + `1]}}` + "\n", 25},
		{"large numbers", `{"step":"A","args":{},"state":{"n":[` + strings.Repeat(`999,`, 10000) + `1]}}` + "\n", 25},
	} {
		n := 1 + 4<<20/len(c.line)
		text := fmt.Appendf(nil, "%s%s{\"end\":%d}\n", headerLine, strings.Repeat(c.line, n), n)
		before := heap()
		tr, err := trace.Read(bytes.NewReader(text), "f")
		times := float64(heap()-before) / float64(len(text))
		require.NoError(t, err)
		require.Len(t, tr.Events, n)
		t.Logf("%s: %.1f times its text", c.name, times)
		require.Less(t, times, c.times)
		runtime.KeepAlive(text)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
