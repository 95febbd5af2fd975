from collections import Counter

from crosschannel.contracts.ml import CustomerScores
from crosschannel.models.deciles import with_decile
from tests.support.rows import row, rows


def scores(spark, values, name="purchase"):
    given = [row(customer_id=f"c{i:04d}", score_name=name, score=v) for i, v in enumerate(values)]
    return rows(spark, CustomerScores, *given).drop("decile")


def test_deciles_are_tenths_from_the_highest_score_down(spark):
    found = {r.score: r.decile for r in scores(spark, [i / 1000 for i in range(200)]).transform(with_decile).collect()}
    assert Counter(found.values()) == dict.fromkeys(range(1, 11), 20)
    assert found[0.199] == 1
    assert found[0.0] == 10
    ordered = [found[s] for s in sorted(found, reverse=True)]
    assert ordered == sorted(ordered)


def test_rows_that_share_a_score_are_split_by_a_hash_and_always_the_same_way(spark):
    tied = scores(spark, [0.5] * 95)
    once, again = (sorted((r.customer_id, r.decile) for r in df.transform(with_decile).collect()) for df in (tied, tied.repartition(7)))
    assert once == again
    assert sorted(Counter(d for _, d in once).values()) == [9] * 5 + [10] * 5


def test_each_score_has_its_own_tenths(spark):
    both = scores(spark, [i / 100 for i in range(50)]).unionByName(scores(spark, [float(i) for i in range(30)], "omnichannel"))
    found = Counter((r.score_name, r.decile) for r in both.transform(with_decile).collect())
    assert found == {("purchase", d): 5 for d in range(1, 11)} | {("omnichannel", d): 3 for d in range(1, 11)}


def test_fewer_than_ten_customers_still_get_a_decile(spark):
    assert [r.decile for r in scores(spark, [0.9, 0.1]).transform(with_decile).orderBy("customer_id").collect()] == [1, 6]
