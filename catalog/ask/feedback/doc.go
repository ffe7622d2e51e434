// Package feedback keeps what people say of answers, and leads a question that was marked good, or that an engineer gave its
// SQL, to be a verified one.
//
// A Store is a file beside the warehouse, fmcg.feedback.jsonl: JSON lines, only ever appended, of two kinds. Feedback is a
// verdict on an answer, with the question, its SQL and the run that published the data. A Review closes feedback: accepted or
// rejected. Several processes may write at once. A line that was cut off when its writer died is passed over and named.
//
// What waits for a review are Items: feedback with the same verdict on the same question and SQL is one, however often it was
// given. A Desk holds a Store against the Engine of one published file: it asks the question that is marked, shows what an
// item would be answered with, and accepts it into the file of verified questions (semantic.WriteVerified).
//
// Start reading at Desk, then Store and Book.Waiting.
package feedback
