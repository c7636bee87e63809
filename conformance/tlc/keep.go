package tlc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// largestKept is how much output of one run is kept, in bytes; of a run that
// says more nothing is.
const largestKept = 256 << 20

// kept is a run in the store: all that TLC said. It is read again like the output
// of TLC itself.
type kept struct {
	// Word is the Job's Word of that run. Another run has another one.
	Word     string
	ExitCode int
	Output   []byte `json:"-"` // follows the rest, which is a line of JSON
}

func (k *kept) encode() ([]byte, error) {
	head, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	return slices.Concat(head, []byte("\n"), k.Output), nil
}

func decodeKept(data []byte) (*kept, error) {
	head, output, _ := bytes.Cut(data, []byte("\n"))
	k := &kept{Output: output}
	return k, json.Unmarshal(head, k)
}

// standardModules are those that come with TLC. A file of such a name may be
// read without being named by any other.
var standardModules = []string{
	"Naturals", "Integers", "Reals", "Sequences", "FiniteSets", "Bags", "TLC", "Toolbox", "RealTime",
	"Randomization", "ProtoReals", "Json", "TLCExt", "SequencesExt", "IOUtils",
}

// harmlessOptions are those that change nothing besides what TLC says, with the
// number of their arguments. A run with any other is not kept: it may write
// files, begin with a random seed, or go on from a checkpoint.
var harmlessOptions = map[string]int{"-deadlock": 0, "-lncheck": 1, "-fp": 1, "-seed": 1, "-difftrace": 0, "-continue": 0}

// storable reports whether another run of the job would say the same. With
// several workers it may find another counterexample.
func (j *Job) storable() bool {
	return !j.archive && j.Workers <= 1 && j.harmless()
}

// harmless reports whether all options of the job are.
func (j *Job) harmless() bool {
	for i := 0; i < len(j.Args); i++ {
		more, ok := harmlessOptions[j.Args[i]]
		if !ok {
			return false
		}
		i += more
	}
	return true
}

// key is that of everything which what TLC says depends on. How much memory and
// time it has only decides whether it comes to an end, and only then it is kept.
func (j *Job) key(t *TLC) string {
	config := cmp.Or(j.Config, j.Module+".cfg")
	k := store.NewKey("TLC run 1")
	t.identify(k)
	k.AddText("module", j.Module)
	k.AddText("configuration", config)
	k.AddText("options", strings.Join(j.Args, "\x00"))
	for _, name := range relevant(j.Files, j.Module) {
		k.Add(name, j.withoutWord(j.Files[name]))
	}
	k.Add(config, j.withoutWord(j.Files[config]))
	return k.String()
}

// withoutWord is a file without the word that is another one in each run.
func (j *Job) withoutWord(content []byte) []byte {
	if j.Word == "" {
		return content
	}
	return bytes.ReplaceAll(content, []byte(j.Word), nil)
}

// identify adds what is the same for all runs: TLC, Java, and what the
// environment tells Java.
func (t *TLC) identify(k *store.Key) {
	k.AddText("jar", t.JarSHA256)
	k.AddText("java", t.javaBuild)
	if t.isWarm(&Job{}) { // the order of names in a value, and so the counterexample, may be another one
		k.Add("classes", ownJar())
	}
	for _, name := range []string{"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS"} {
		k.AddText(name, os.Getenv(name))
	}
}

// Identity is the same for two installations that say the same of the same job.
func (t *TLC) Identity() string {
	k := store.NewKey("TLC")
	t.identify(k)
	return k.String()
}

// relevant names the files that TLC may read for a root module: those whose
// modules are named in it, or in one that is. A word in a comment counts, too.
func relevant(files map[string][]byte, root string) []string {
	found := map[string]bool{}
	var add func(module string)
	add = func(module string) {
		content, ok := files[module+".tla"]
		if !ok || found[module+".tla"] {
			return
		}
		found[module+".tla"] = true
		for _, word := range words(content) {
			add(word)
		}
	}
	add(root)
	for _, module := range standardModules {
		add(module)
	}
	return sortedKeys(found)
}

// words lists the identifiers in a text, each once.
func words(text []byte) []string {
	seen := map[string]bool{}
	begin := -1
	for i := 0; i <= len(text); i++ {
		inWord := i < len(text) && (text[i] == '_' || text[i]|0x20 >= 'a' && text[i]|0x20 <= 'z' || text[i] >= '0' && text[i] <= '9')
		switch {
		case inWord && begin < 0:
			begin = i
		case !inWord && begin >= 0:
			seen[string(text[begin:i])] = true
			begin = -1
		}
	}
	return sortedKeys(seen)
}

// replay goes through a run that is kept, as if TLC said it now.
func (t *TLC) replay(j Job, data []byte) (*Result, error) {
	k, err := decodeKept(data)
	if err != nil {
		return nil, err
	}
	output := k.Output
	if k.Word != "" {
		output = bytes.ReplaceAll(output, []byte(k.Word), []byte(j.Word))
	}
	l := newListener(j, func() {})
	// A run that was ended at its last message may end amid what came after.
	heard := l.listen(bytes.NewReader(output))
	r, err := l.result(nil, ending{code: k.ExitCode}, "", heard)
	if err == nil {
		r.Kept = true
	}
	return r, err
}

// keep puts a run into the store, if it has come to a verdict. That it could not
// be kept is nothing to the caller.
func (t *TLC) keep(key string, j Job, r *Result, output *limited) {
	if output.over {
		return
	}
	switch r.Outcome {
	case OK, InvariantViolated, PropertyViolated, Deadlock, AssumptionFailed:
	default: // it may have been the machine's doing
		return
	}
	k := kept{Word: j.Word, ExitCode: r.ExitCode, Output: output.Bytes()}
	if data, err := k.encode(); err == nil {
		_ = t.Store.Put(key, data)
	}
}

// limited takes what is written to it, up to largestKept.
type limited struct {
	bytes.Buffer
	over bool
}

func (w *limited) Write(p []byte) (int, error) {
	if w.over = w.over || w.Len()+len(p) > largestKept; !w.over {
		_, _ = w.Buffer.Write(p) // never fails
	}
	return len(p), nil
}
