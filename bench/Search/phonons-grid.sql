select l.batch_size, l.blocks, l.learning_rate, l.momentum, l.optimizer, l.width,
       round(min(c.val_error) filter (where c.epoch <= 1)::numeric, 3) as e1,
       round(min(c.val_error) filter (where c.epoch <= 3)::numeric, 3) as e3,
       round(min(c.val_error) filter (where c.epoch <= 9)::numeric, 3) as e9,
       round(min(c.val_error)::numeric, 3) as e27
from result_rows r
join learning_curves c on c.key = r.key
cross join lateral jsonb_to_record(r.labels) as l(batch_size text, blocks text, learning_rate text, momentum text, optimizer text, width text)
where r.study = 'phonons-grid' and r.mode = 'scratch'
group by r.ordinal, 1, 2, 3, 4, 5, 6
order by r.ordinal
