namespace Clawdbot.Testing.Load;

/// <summary>The right answers, learned without faults before a run begins.</summary>
internal sealed class ExpectedAnswers
{
    private readonly Dictionary<Question, ObservedAnswer> _known = [];

    /// <summary>Whether every question has one answer. If not, only the form of some can be checked, and a report must say so.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>The known answer; null for a question that is answered differently each time.</summary>
    public ObservedAnswer? this[Question question] => _known.GetValueOrDefault(question);

    /// <summary>Asks each question twice.</summary>
    /// <exception cref="LoadException">A question isn't answered even undisturbed.</exception>
    public static async Task<ExpectedAnswers> LearnAsync(ChatClient client, IEnumerable<Question> questions, CancellationToken cancellation)
    {
        var key = new ExpectedAnswers();
        var asked = questions.Select(async question =>
            (question, await client.AskAsync(question, cancellation), await client.AskAsync(question, cancellation))).ToList();
        foreach (var (question, first, second) in await Task.WhenAll(asked))
        {
            foreach (var answer in (ObservedAnswer[])[first, second])
            {
                if (!answer.Whole || answer.Text.Length == 0)
                {
                    throw new LoadException($"Undisturbed, '{question.Name}' got no answer: "
                        + $"status {answer.Status} {answer.ErrorCode} {answer.Break}. A run needs a server that works.");
                }
            }
            if (first.Content == second.Content)
                key._known[question] = first;
            else
                key.IsComplete = false;
        }
        return key;
    }
}
