package tlc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance/internal/store"
)

// ErrSyntax means that SANY, TLA+'s parser, does not accept a module.
var ErrSyntax = errors.New("SANY does not accept the module")

// Syntax lets SANY read a module and those that it stands on, and returns its
// syntax trees: the XML document that tla2sany.xml.XMLExporter writes. Each
// node of it has its place in the source.
func (t *TLC) Syntax(ctx context.Context, files map[string][]byte, module string) ([]byte, error) {
	j := Job{Files: files, Module: module, Config: module + ".tla"}
	if err := j.validate(); err != nil {
		return nil, err
	}
	key := store.NewKey("syntax 1")
	t.identify(key)
	key.AddText("module", module)
	for _, name := range relevant(files, module) {
		key.Add(name, files[name])
	}
	if document, ok := t.Store.Get(key.String()); ok {
		return document, nil
	}
	document, err := t.syntax(ctx, j)
	if err == nil {
		_ = t.Store.Put(key.String(), document) // it can be had again
	}
	return document, err
}

// syntax runs SANY.
func (t *TLC) syntax(ctx context.Context, j Job) ([]byte, error) {
	dir, err := os.MkdirTemp("", "lockstep-sany-")
	if err != nil {
		return nil, fmt.Errorf("a folder for SANY: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := j.write(dir); err != nil {
		return nil, fmt.Errorf("a folder for SANY: %w", err)
	}
	// -o spares the exporter the check of its own output.
	var args []string
	if t.Archive != "" {
		args = append(args, "-XX:SharedArchiveFile="+t.Archive)
	}
	args = append(args,
		"-Xlog:disable", "-Xlog:all=error:stderr", "-XX:+DisplayVMOutputToStderr",
		"-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-Xss16m", "-Xmx1g",
		"-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8",
		"-Djava.io.tmpdir="+filepath.Join(dir, "tmp"), "-Djava.awt.headless=true",
		"-cp", t.classPath(), "tla2sany.xml.XMLExporter", "-o", j.Module+".tla")
	cmd := exec.CommandContext(ctx, t.Java, args...)
	cmd.Dir = filepath.Join(dir, "spec")
	isolate(cmd)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	failed := runLocked(cmd)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	// Some versions report their progress on the standard output.
	begin := bytes.Index(out.Bytes(), []byte("<?xml"))
	if failed != nil || begin < 0 {
		text := out.String() + said.String()
		if wrong := syntaxErrors(text); len(wrong) > 0 {
			return nil, fmt.Errorf("%w: %s", ErrSyntax, strings.Join(wrong, "\n"))
		}
		return nil, fmt.Errorf("SANY has written no syntax tree: %w: %s", errors.Join(failed), tail(text, 2000))
	}
	return out.Bytes()[begin:], nil
}

var (
	semanticError = regexp.MustCompile(`(?m)^line (\d+), col (\d+) to line \d+, col \d+ of module (\w+)\n\s*\n((?:.+\n?)+)`)
	parseError    = regexp.MustCompile(`(?s)\*\*\*Parse Error\*\*\*\n(.*?)Encountered (.*?) at line (\d+), column (\d+)(?: and token (.*?))? *\n`)
	lexicalError  = regexp.MustCompile(`(?s)(Lexical error) at line (\d+), column (\d+)\.\s*(.*?)\n`)
	inFile        = regexp.MustCompile(`Could not parse module (\w+) from file`)
	noModule      = regexp.MustCompile(`Cannot find source file for module (\w+) imported in module (\w+)\.`)
	otherName     = regexp.MustCompile(`File name '(\w+)' does not match the name '(\w+)' of the top level module`)
)

// syntaxErrors are the errors that SANY reports, each once, as `X.tla:4:17: what
// is wrong`, or without a line where SANY gives none. Of warnings it says nothing. It is empty
// if SANY's text is of a kind that is not known here.
func syntaxErrors(text string) []string {
	var list []string
	add := func(file, line, column, says string) {
		one := fmt.Sprintf("%s.tla:%s:%s: %s", file, line, column, strings.Join(strings.Fields(says), " "))
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	if at := strings.Index(text, "*** Errors:"); at >= 0 {
		errors, _, _ := strings.Cut(text[at:], "*** Warnings:")
		for _, m := range semanticError.FindAllStringSubmatch(errors, -1) {
			add(m[3], m[1], m[2], m[4])
		}
	}
	if file := inFile.FindStringSubmatch(text); file != nil {
		if m := parseError.FindStringSubmatch(text); m != nil {
			says := m[2] + " is not expected"
			if m[5] != "" {
				says += " behind " + m[5]
			}
			if expected := strings.TrimSpace(strings.TrimPrefix(m[1], "Was expecting")); expected != "" {
				says += ", but " + expected
			}
			add(file[1], m[3], m[4], "Parse Error: "+says)
		}
		if m := lexicalError.FindStringSubmatch(text); m != nil {
			add(file[1], m[2], m[3], m[1]+": "+m[4])
		}
	}
	for _, m := range noModule.FindAllStringSubmatch(text, -1) {
		list = append(list, fmt.Sprintf("%s.tla: there is no module %s, which it extends or instantiates", m[2], m[1]))
	}
	if m := otherName.FindStringSubmatch(text); m != nil {
		list = append(list, fmt.Sprintf("%s.tla: the module in it is called %s", m[1], m[2]))
	}
	return list
}
