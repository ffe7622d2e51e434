package web_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"github.com/fmcg/fmcg/catalog/web"
)

var description = sync.OnceValue(func() validator.Validator {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		panic(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		panic(err)
	}
	found, wrong := validator.NewValidator(document)
	if len(wrong) > 0 {
		panic(wrong)
	}
	return found
})

// isDescribed says that an address belongs to the API.
func isDescribed(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// described fails where an answer of the API is not as its description says. Addresses that are none are answered too.
func described(t testing.TB, request *http.Request, answer *http.Response) {
	t.Helper()
	if !isDescribed(request.URL.Path) || answer.StatusCode == http.StatusNotFound {
		return
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "application/vnd") {
		return // no text
	}
	if ok, wrong := description().ValidateHttpResponse(request, answer); !ok {
		for _, one := range wrong {
			t.Errorf("%s %s is not as openapi.yaml says: %s %s", request.Method, request.URL.Path, one.Message, one.Reason)
			for _, detail := range one.SchemaValidationErrors {
				t.Errorf("\t%s: %s", detail.FieldPath, detail.Reason)
			}
		}
	}
}

func TestTheDescriptionIsValidOpenAPI(t *testing.T) {
	if ok, wrong := description().ValidateDocument(); !ok {
		for _, one := range wrong {
			t.Errorf("%s: %s", one.Message, one.Reason)
		}
	}
}

func TestEveryAddressOfTheAPIIsDescribedAndEveryDescribedOneIsThere(t *testing.T) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	document, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	model, err := document.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	for path, item := range model.Model.Paths.PathItems.FromOldest() {
		for method := range item.GetOperations().FromOldest() {
			told = append(told, strings.ToUpper(method)+" "+path)
		}
	}
	server, err := web.New(t.Context(), web.Config{Warehouse: t.TempDir() + "/fmcg.duckdb"})
	if err != nil {
		t.Fatal(err)
	}
	var served []string
	for _, route := range server.Addresses() {
		if _, path, _ := strings.Cut(route, " "); isDescribed(path) {
			served = append(served, route)
		}
	}
	slices.Sort(told)
	slices.Sort(served)
	if diff := cmp.Diff(told, served); diff != "" {
		t.Errorf("-described +served:\n%s", diff)
	}
}
