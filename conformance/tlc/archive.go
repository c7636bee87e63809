package tlc

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// quietClass is compiled from quiet/util/TLAFlightRecorder.java. TLC tells each message to
// Java's flight recorder. The first one starts it, which takes a fifth of a short run, and
// no run here is recorded.
//
//go:generate javac --release 11 -g:none quiet/util/TLAFlightRecorder.java
//go:embed quiet/util/TLAFlightRecorder.class
var quietClass []byte

// ownJar is the jar with quietClass and Warm's classes, which stands before TLC's on the
// class path. It has to be a jar: Java takes no folder into a class archive.
var ownJar = sync.OnceValue(func() []byte {
	var jar bytes.Buffer
	w := zip.NewWriter(&jar)
	add := func(name string, content []byte) {
		entry, err := w.Create(name)
		if err == nil {
			_, err = entry.Write(content)
		}
		if err != nil {
			panic(err) // a buffer takes all
		}
	}
	add("util/TLAFlightRecorder.class", quietClass)
	classes, _ := warmClasses.ReadDir("warm")
	for _, c := range classes {
		content, _ := warmClasses.ReadFile("warm/" + c.Name())
		add(c.Name(), content)
	}
	_ = w.Close()
	return jar.Bytes()
})

// ownJarPath names the jar with our own classes.
func ownJarPath(dir string) string { return filepath.Join(dir, "classes-"+shortSum(ownJar())+".jar") }

func shortSum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:6])
}

// classPath is where Java finds the classes of TLC. Another TLC than the pinned one may ask
// more of its own class.
func (t *TLC) classPath() string {
	if !t.hasOwnJar() {
		return t.Jar
	}
	dir, _ := cacheDir()
	return ownJarPath(dir) + string(os.PathListSeparator) + t.Jar
}

// hasOwnJar says whether the jar with our own classes is there, and TLC is the pinned one.
func (t *TLC) hasOwnJar() bool {
	dir, err := cacheDir()
	return err == nil && t.JarSHA256 == pinnedSHA256 && isThere(ownJarPath(dir))
}

func isThere(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// makeOwnJar writes the jar with our own classes, if it is not there.
func makeOwnJar() error {
	dir, err := cacheDir()
	if err != nil {
		return err
	}
	if isThere(ownJarPath(dir)) {
		return nil
	}
	temp, err := makeTemp(dir, "classes-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	draft := filepath.Join(temp, "classes.jar")
	if err := os.WriteFile(draft, ownJar(), 0o644); err != nil {
		return err
	}
	// Java refuses a class archive if a jar's size or time is another one than when the archive
	// was made. With a fixed time the jar may be written twice.
	made := time.Unix(1_000_000_000, 0)
	if err := os.Chtimes(draft, made, made); err != nil {
		return err
	}
	return os.Rename(draft, ownJarPath(dir))
}

// archivePath names the class archive for one Java and one class path. A JVM refuses
// an archive that another build has written, so both are part of the name.
func archivePath(j java, classPath, jarSum string) (string, error) {
	dir, err := cacheDir()
	if err != nil {
		return "", err
	}
	name := shortSum([]byte(j.path + "\x00" + j.version + "\x00" + classPath + "\x00" + jarSum))
	return filepath.Join(dir, "tlc-"+name+".jsa"), nil
}

// makeArchive lets a JVM load TLC's classes by checking a small model, and
// keeps them in the form that the next JVM maps into memory. Nothing is made
// if it is there.
func makeArchive(ctx context.Context, j java, jar, jarSum string) error {
	if err := makeOwnJar(); err != nil {
		return err
	}
	t := &TLC{Java: j.path, JavaVersion: j.feature, Jar: jar, JarSHA256: jarSum}
	path, err := archivePath(j, t.classPath(), jarSum)
	if err != nil {
		return err
	}
	if isThere(path) {
		return nil
	}
	temp, err := makeTemp(filepath.Dir(path), "archive-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	draft := filepath.Join(temp, "tlc.jsa")
	r, err := t.run(ctx, warmUp, "-XX:ArchiveClassesAtExit="+draft)
	jvms.closeAll() // which makes the archive
	switch {
	case err != nil:
		return err
	case r.Outcome != OK:
		return errors.New(r.Outcome.String() + ": " + r.Message)
	}
	// The archive belongs to the whole user, like the jar.
	if err := os.Chmod(draft, 0o644); err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return err
	}
	removeOld(filepath.Dir(path))
	return nil
}

// removeOld removes archives of other Javas and of older programs. One that is still used is
// made again.
func removeOld(dir string) {
	archives, _ := filepath.Glob(filepath.Join(dir, "tlc-*.jsa"))
	for _, path := range archives {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > 30*24*time.Hour {
			_ = os.Remove(path)
		}
	}
}

// warmUp uses what most specs use, so that its classes come into the archive.
var warmUp = Job{
	archive: true,
	Module:  "WarmUp",
	Files: map[string][]byte{
		"WarmUp.tla": []byte(`---- MODULE WarmUp ----
EXTENDS Integers, Sequences, FiniteSets, TLC
CONSTANT Node
VARIABLES n, log, seen
vars == <<n, log, seen>>
Init == n = 0 /\ log = <<>> /\ seen = [i \in Node |-> {}]
Grow(i) == /\ n < 3
           /\ n' = n + 1
           /\ log' = Append(log, [node |-> i, n |-> n])
           /\ seen' = [seen EXCEPT ![i] = @ \cup {n}]
           /\ PrintT(ToString(<<"step", i, log', "a" :> 1 @@ "b" :> 2>>))
Next == (\E i \in Node : Grow(i)) \/ UNCHANGED vars
Spec == Init /\ [][Next]_vars /\ WF_vars(\E i \in Node : Grow(i))
Counted == Len(log) = n /\ Cardinality(UNION {seen[i] : i \in Node}) = n
Full == <>(n = 3)
Grows == [][n' >= n]_vars
====
`),
		"WarmUp.cfg": []byte("CONSTANT Node = {\"a\", \"b\"}\nSPECIFICATION Spec\nINVARIANT Counted\nPROPERTIES Full Grows\n"),
	},
}
