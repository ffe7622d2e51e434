// Package draft speaks to an OpenAI-compatible endpoint on behalf of package ask, so that ask itself needs no client: a
// text and a JSON schema go there, a JSON text of that schema comes back. What is sent and what is made of the reply is
// ask's business; here are the limits (time, sizes, retries), and that the key is never shown: it comes from the
// environment, goes into one header, and stands in no error.
//
// It speaks /chat/completions, which OpenAI, vLLM, Ollama and llama.cpp all serve, with response_format json_schema.
//
// Start reading at Client.Draft.
package draft
