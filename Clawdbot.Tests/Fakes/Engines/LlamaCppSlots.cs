namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>
/// The slots of a faked llama.cpp, as <c>/slots</c> tells of them (server_slot::to_json in <c>tools/server/server-context.cpp</c>,
/// 23b5dbd).
/// </summary>
internal sealed class LlamaCppSlots(int count, int context)
{
    private readonly Slot[] _slots = [.. Enumerable.Range(0, count).Select(_ => new Slot())];
    private readonly Lock _lock = new();
    private int _tasks;
    private long _predicted;

    /// <summary>Tokens of answers that have ended; what was cancelled is in none of its numbers.</summary>
    public long Predicted => Interlocked.Read(ref _predicted);

    /// <summary>Takes one for a prompt.</summary>
    public Slot Enter(int promptTokens)
    {
        lock (_lock)
        {
            var slot = _slots.First(s => !s.IsProcessing);
            (slot.Task, slot.Prompt, slot.Decoded, slot.IsProcessing) = (++_tasks, promptTokens, 0, true);
            return slot;
        }
    }

    /// <summary>Gives it back. It goes on to tell what it last did.</summary>
    public void Leave(Slot slot, bool isFinished)
    {
        slot.IsProcessing = false;
        if (isFinished)
            Interlocked.Add(ref _predicted, slot.Decoded);
    }

    /// <summary>As it tells of them.</summary>
    public IEnumerable<object> Told(bool isOld) => _slots.Select((s, i) => s.Task == 0
        ? (object)new { id = i, n_ctx = context, speculative = false, is_processing = false }
        : isOld
            ? new
            {
                id = i, n_ctx = context, speculative = false, is_processing = s.IsProcessing, id_task = s.Task,
                next_token = new { n_remain = -1, n_decoded = s.Decoded },
            }
            : new
            {
                id = i, n_ctx = context, speculative = false, is_processing = s.IsProcessing, id_task = s.Task,
                n_prompt_tokens = s.Prompt + s.Decoded, n_prompt_tokens_processed = s.Prompt, n_prompt_tokens_cache = 0,
                next_token = new[] { new { has_next_token = true, has_new_line = false, n_remain = -1, n_decoded = s.Decoded } },
            });

    internal sealed class Slot
    {
        public int Task { get; set; }

        public int Prompt { get; set; }

        public int Decoded { get; set; }

        public bool IsProcessing { get; set; }
    }
}
