package web_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificate writes a certificate for loopback and its key to a folder, and returns what trusts it.
func certificate(t *testing.T, dir string, serial int64) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"key.pem": {Type: "PRIVATE KEY", Bytes: secret}, "cert.pem": {Type: "CERTIFICATE", Bytes: made}} {
		next := filepath.Join(dir, "next-"+name)
		if err := os.WriteFile(next, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(next, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(made)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return pool
}

// trusting is a client that trusts one certificate, makes a connection for each request, and follows nothing.
func trusting(pool *x509.CertPool) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func TestOverTLSCookiesAreSecureAndARenewedCertificateIsTakenUp(t *testing.T) {
	held := newWarehouse(t)
	held.publish(t, "20251201T000000000Z-000001")
	dir := t.TempDir()
	first := certificate(t, dir, 1)
	config := configOf(held)
	config.Users, config.TLSCert, config.TLSKey = usersFile(t, "olga"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	server := start(t, config)
	if !strings.HasPrefix(server.URL, "https://") {
		t.Fatalf("it serves at %s", server.URL)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/login", bytes.NewBufferString(url.Values{"name": {"olga"}, "password": {password}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", server.URL)
	answer, err := trusting(first).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	cookies := answer.Cookies()
	if answer.StatusCode != http.StatusSeeOther || len(cookies) == 0 {
		t.Fatalf("the login gets status %d and %d cookies", answer.StatusCode, len(cookies))
	}
	for _, cookie := range cookies {
		if !cookie.Secure || !cookie.HttpOnly || cookie.SameSite == http.SameSiteNoneMode {
			t.Errorf("the cookie is %s", cookie)
		}
	}
	renewed := trusting(certificate(t, dir, 2))
	for { // until it is taken up; the test's own time limit ends it
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/healthz", nil)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := renewed.Do(request); err == nil {
			_ = answer.Body.Close()
			return
		}
	}
}
