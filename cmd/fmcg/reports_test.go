package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// letters is a mail server that keeps what it is given, or refuses all of it.
type letters struct {
	port    int
	mutex   sync.Mutex
	refuses bool
	got     []letter
}

type letter struct {
	to      []string
	message *mail.Message
	parts   map[string][]byte // by media type, or by the name of a file
}

func startLetters(t *testing.T) *letters {
	t.Helper()
	receiver := &letters{}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &lettersSession{receiver: receiver}, nil }))
	server.Domain, server.ErrorLog, server.MaxMessageBytes = "127.0.0.1", log.New(io.Discard, "", 0), 50<<20
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	receiver.port = listener.Addr().(*net.TCPAddr).Port
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return receiver
}

// since are the letters that came since it was asked last.
func (l *letters) since() []letter {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	got := l.got
	l.got = nil
	return got
}

func (l *letters) refuse(refuses bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.refuses = refuses
}

type lettersSession struct {
	receiver *letters
	letter   letter
}

func (s *lettersSession) Mail(string, *smtp.MailOptions) error { return nil }
func (s *lettersSession) Reset()                               { s.letter = letter{} }
func (s *lettersSession) Logout() error                        { return nil }

func (s *lettersSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.receiver.mutex.Lock()
	defer s.receiver.mutex.Unlock()
	if s.receiver.refuses {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
	}
	s.letter.to = append(s.letter.to, to)
	return nil
}

func (s *lettersSession) Data(body io.Reader) (err error) {
	if s.letter.message, err = mail.ReadMessage(body); err != nil {
		return err
	}
	s.letter.parts = map[string][]byte{}
	if err := s.letter.take(s.letter.message.Header.Get("Content-Type"), "", s.letter.message.Body); err != nil {
		return err
	}
	s.receiver.mutex.Lock()
	defer s.receiver.mutex.Unlock()
	s.receiver.got = append(s.receiver.got, s.letter)
	return nil
}

// take reads a part of a letter, or the parts of it.
func (l *letter) take(contentType, file string, body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		text, err := io.ReadAll(body)
		if file == "" {
			file = kind
		}
		l.parts[file] = text
		return err
	}
	for reader := multipart.NewReader(body, parameters["boundary"]); ; {
		part, err := reader.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		var inner io.Reader = part
		switch part.Header.Get("Content-Transfer-Encoding") {
		case "base64":
			inner = base64.NewDecoder(base64.StdEncoding, part)
		case "quoted-printable":
			inner = quotedprintable.NewReader(part)
		}
		if err := l.take(part.Header.Get("Content-Type"), part.FileName(), inner); err != nil {
			return err
		}
	}
}

func TestAReportIsMadeAndSentAfterARunThatPublishedAndAFailureOfItIsToldAndChangesNothing(t *testing.T) {
	dir, told, post := t.TempDir(), startTold(t), startLetters(t)
	lake, warehouse := filepath.Join(dir, "lake"), filepath.Join(dir, "warehouse", "fmcg.duckdb")
	configure := func(reports string) {
		t.Helper()
		writeFile(t, filepath.Join(dir, "fmcg.yaml"), fmt.Sprintf(`
warehouse: %s
notify: {timeout: 5s, on: [failure], webhook: {url: "%s"}, email: {host: 127.0.0.1, port: %d, tls: none, from: fmcg@example.com, to: [ops@example.com]}}
reports: %s
`, warehouse, told.URL, post.port, reports))
	}
	command := func(want int, args ...string) (said string) {
		t.Helper()
		var text bytes.Buffer
		if code := run(t.Context(), append(args, "--config", filepath.Join(dir, "fmcg.yaml")), strings.NewReader(""), &text, &text); code != want {
			t.Fatalf("fmcg %s: exit code %d, want %d\n%s", strings.Join(args, " "), code, want, text.String())
		}
		return text.String()
	}
	monthly := fmt.Sprintf(`[{name: monthly, pages: [overview], select: "compare=year", language: fr, out: "%s/r/{month}-{run}", email: {to: [sales@example.com, boss@example.com]}}]`, dir)
	configure(monthly)
	must(t, "demo", lake, "--days", "5", "--rows-per-day", "20")
	command(0, "refresh", "--lake", lake)

	got := post.since()
	files, err := filepath.Glob(filepath.Join(dir, "r", "*.html"))
	if len(got) != 1 || len(files) != 1 {
		t.Fatalf("%d letters, files %v (%v)", len(got), files, err)
	}
	file, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"sales@example.com", "boss@example.com"}, got[0].to); diff != "" {
		t.Errorf("recipients -want +got:\n%s", diff)
	}
	if attached := got[0].parts[filepath.Base(files[0])]; !bytes.Equal(attached, file) {
		t.Errorf("what is attached (%d bytes) is not the file (%d bytes); parts: %d", len(attached), len(file), len(got[0].parts))
	}
	for part, wanted := range map[string][]string{"text/html": {"<th scope=\"row\"", "Chiffre d&#39;affaires", "₹", "joint"}, "text/plain": {"Chiffre d'affaires: ₹", "Le rapport est joint"}} {
		for _, want := range wanted {
			if !strings.Contains(string(got[0].parts[part]), want) {
				t.Errorf("the letter has no %q in its %s:\n%s", want, part, got[0].parts[part])
			}
		}
	}
	if !strings.Contains(string(file), `<html lang="fr"`) || strings.Contains(string(file), `id="page-products"`) {
		t.Error("the report is not the page in the language that is configured")
	}

	command(0, "refresh", "--lake", lake)
	if again := post.since(); len(again) != 0 {
		t.Errorf("a run that found nothing new sent %d letters", len(again))
	}
	if said := command(0, "report", "--send", "monthly"); len(post.since()) != 1 || !strings.Contains(said, "Sent to sales@example.com") {
		t.Errorf("--send says %q", said)
	}
	if said := command(2, "report", "--send", "montly"); !strings.Contains(said, "did you mean monthly?") {
		t.Errorf("an unknown report is answered by %q", said)
	}
	if messages := told.since(); len(messages) != 0 {
		t.Errorf("told of %v", messages)
	}

	// What cannot be made, and what is not taken, is told; the run has ended well all the same.
	configure(`[{name: wrong, pages: [overvew], always: true}]`)
	said := command(0, "refresh", "--lake", lake)
	if messages := told.since(); len(messages) != 1 || messages[0] != "/ failure: Report wrong was not made or sent" || !strings.Contains(said, "did you mean overview?") {
		t.Errorf("told of %v; the log says %s", messages, said)
	}
	post.refuse(true)
	configure(strings.Replace(monthly, "name: monthly", "name: monthly, always: true", 1))
	said = command(0, "refresh", "--lake", lake)
	if messages := told.since(); len(messages) != 1 || !strings.Contains(said, "nobody of that name") {
		t.Errorf("told of %v; the log says %s", messages, said)
	}
}

func TestReportsThatAreMisconfiguredAreNamedAtOnce(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "fmcg.yaml"), `
reports:
  - {select: "a=%zz"}
  - {name: one, formats: [doc], units: dozen, language: de, out: "{year}", email: {to: [nobody]}}
  - {name: one}
`)
	var complaint strings.Builder
	if code := run(t.Context(), []string{"report", "--config", filepath.Join(dir, "fmcg.yaml")}, strings.NewReader(""), io.Discard, &complaint); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	for _, want := range []string{"number 1: it has no name", "number 1: select", `format "doc"`, `units "dozen"`, `language "de"`, "{year} is none of", "no mail server", `"nobody" is no address`, "one: the name is taken"} {
		if !strings.Contains(complaint.String(), want) {
			t.Errorf("%q is not named in\n%s", want, complaint.String())
		}
	}
}
