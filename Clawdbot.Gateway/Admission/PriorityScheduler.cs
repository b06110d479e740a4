using Clawdbot.Gateway.Auth;

namespace Clawdbot.Gateway.Admission;

/// <summary>
/// Decides which priority gets the next place: the highest that waits, except that every fifth place goes to normal and every tenth to low
/// requests while such wait, so that none starves. Not thread-safe.
/// </summary>
internal sealed class PriorityScheduler
{
    /// <summary>Weight of the past in the averages of grants: about the last twenty count.</summary>
    private const double Memory = 0.95;

    private static readonly Priority[] Classes = [Priority.Low, Priority.Normal, Priority.High];

    private readonly double[] _owed = new double[Classes.Length];
    private readonly double[] _given = new double[Classes.Length];

    /// <summary>Share of the places, and of the room in the queue, that higher classes can't take from a class.</summary>
    public static double Floor(Priority priority) => priority switch { Priority.Low => 0.1, Priority.Normal => 0.2, _ => 1 };

    /// <summary>The lowest class that is owed a place; null for none.</summary>
    public Priority? Due()
    {
        foreach (var waiting in Classes)
        {
            if (_owed[(int)waiting] >= 1 - 1e-9)
                return waiting;
        }
        return null;
    }

    /// <summary>Notes that a place went to <paramref name="served"/>; <paramref name="waiting"/> counts what waits in each class.</summary>
    public void Gave(Priority served, ReadOnlySpan<int> waiting)
    {
        _owed[(int)served] = Math.Max(0, _owed[(int)served] - 1);
        foreach (var one in Classes)
        {
            _owed[(int)one] = waiting[(int)one] == 0 ? 0 : _owed[(int)one] + (one < served ? Floor(one) : 0);
            _given[(int)one] = Memory * _given[(int)one] + (one == served ? 1 - Memory : 0);
        }
    }

    /// <summary>Forecasts the share of the next places that <paramref name="priority"/> gets if the same classes go on waiting.</summary>
    public double Share(Priority priority, ReadOnlySpan<int> waiting)
    {
        var share = 1.0;
        foreach (var other in Classes)
        {
            if (other < priority && waiting[(int)other] > 0)
                share -= Floor(other);
            else if (other > priority && waiting[(int)other] > 0)
                share -= _given[(int)other]; // a higher class takes as much as it has taken lately
        }
        return Math.Max(Floor(priority) is var floor and < 1 ? floor : 0.7, share);
    }
}
