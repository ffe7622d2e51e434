package notify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

var trusted tls.Certificate // of 127.0.0.1, which SSL_CERT_FILE makes this process trust

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "fmcg-notify")
	if err != nil {
		log.Fatal(err)
	}
	var text []byte
	if trusted, text, err = certificate(); err != nil {
		log.Fatal(err)
	}
	path := filepath.Join(dir, "ca.pem")
	if err := errors.Join(os.WriteFile(path, text, 0o600), os.Setenv("SSL_CERT_FILE", path)); err != nil {
		log.Fatal(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// certificate makes one of 127.0.0.1, signed by itself.
func certificate() (tls.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "fmcg test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// request is what a web server was sent.
type request struct {
	path, contentType, body string
}

// webReceiver is a web server that answers with the codes given, the last one for ever.
type webReceiver struct {
	*httptest.Server
	mutex    sync.Mutex
	requests []request
}

func startWeb(t *testing.T, codes ...int) *webReceiver {
	t.Helper()
	receiver := &webReceiver{}
	receiver.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		receiver.mutex.Lock()
		defer receiver.mutex.Unlock()
		code := codes[min(len(receiver.requests), len(codes)-1)]
		receiver.requests = append(receiver.requests, request{r.URL.RequestURI(), r.Header.Get("Content-Type"), string(body)})
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(code)
		_, _ = w.Write([]byte("you asked for " + r.URL.RequestURI()))
	}))
	t.Cleanup(receiver.Close)
	return receiver
}

func (r *webReceiver) got() []request {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]request{}, r.requests...)
}

// message is a mail that was taken.
type message struct {
	user, from string
	to         []string
	body       string
	encrypted  bool
}

// mailReceiver is a mail server. It refuses every other password, and the first recipients with the answers given.
type mailReceiver struct {
	host     string
	port     int
	password string

	mutex    sync.Mutex
	answers  []*smtp.SMTPError
	messages []message
}

func startMail(t *testing.T, tlsConfig *tls.Config, implicit bool, answers ...*smtp.SMTPError) *mailReceiver {
	t.Helper()
	receiver := &mailReceiver{password: "pass-word-of-mail", answers: answers}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		_, encrypted := c.TLSConnectionState()
		return &mailSession{receiver: receiver, message: message{encrypted: encrypted}}, nil
	}))
	server.Domain, server.TLSConfig, server.ErrorLog = "127.0.0.1", tlsConfig, log.New(io.Discard, "", 0)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	receiver.host, receiver.port = hostPort(t, listener.Addr().String())
	if implicit {
		listener = tls.NewListener(listener, tlsConfig)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return receiver
}

func hostPort(t *testing.T, address string) (string, int) {
	t.Helper()
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}

func (r *mailReceiver) got() []message {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]message{}, r.messages...)
}

type mailSession struct {
	receiver *mailReceiver
	message  message
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.receiver.password {
			return &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not with the password " + password}
		}
		s.message.user = user
		return nil
	}), nil
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.message.from = from
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.receiver.mutex.Lock()
	defer s.receiver.mutex.Unlock()
	if len(s.receiver.answers) > 0 {
		answer := s.receiver.answers[0]
		s.receiver.answers = s.receiver.answers[1:]
		return answer
	}
	s.message.to = append(s.message.to, to)
	return nil
}

func (s *mailSession) Data(body io.Reader) error {
	var text bytes.Buffer
	if _, err := text.ReadFrom(body); err != nil {
		return err
	}
	s.message.body = text.String()
	s.receiver.mutex.Lock()
	defer s.receiver.mutex.Unlock()
	s.receiver.messages = append(s.receiver.messages, s.message)
	return nil
}

func (s *mailSession) Reset()        { s.message.to = nil }
func (s *mailSession) Logout() error { return nil }
